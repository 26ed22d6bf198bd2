import { z } from 'zod';

const zEnvironment = z.object({
  /** Where the runtime keeps its data, when --data does not say. */
  THROUGHLINE_AGENT_DATA: z.string().optional(),
  /** `off`: commands get no control group of their own, for a machine where that does harm. */
  THROUGHLINE_AGENT_CGROUPS: z.enum(['on', 'off']).default('on'),
  /** `1` in the unit that runs `before-start` ahead of each start: only then may the runtime replace itself. */
  THROUGHLINE_AGENT_GUARDED: z.string().optional(),
  /** The time zone of this process where it is not the computer's. */
  TZ: z.string().optional(),
  PATH: z.string().default('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'),
});

const settings = zEnvironment.parse(process.env);

export const dataFromEnvironment = settings.THROUGHLINE_AGENT_DATA;
export const cgroupsAllowed = settings.THROUGHLINE_AGENT_CGROUPS === 'on';
export const guarded = settings.THROUGHLINE_AGENT_GUARDED === '1';
export const ownTimeZone = settings.TZ;
export const searchPath = settings.PATH;

/** All of the runtime's own variables, for programs it starts on the person's desktop. */
export const ownEnvironment: Readonly<NodeJS.ProcessEnv> = process.env;
