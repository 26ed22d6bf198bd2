import { z } from 'zod';

const zEnvironment = z.object({
  /** Where the runtime keeps its data, when --data does not say. */
  THROUGHLINE_AGENT_DATA: z.string().optional(),
  PATH: z.string().default('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'),
});

const settings = zEnvironment.parse(process.env);

export const dataFromEnvironment = settings.THROUGHLINE_AGENT_DATA;
export const searchPath = settings.PATH;

/** All of the runtime's own variables, for programs it starts on the person's desktop. */
export const ownEnvironment: Readonly<NodeJS.ProcessEnv> = process.env;
