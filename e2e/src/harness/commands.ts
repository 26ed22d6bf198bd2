import type { Desk } from './desk.ts';

export interface CommandData {
  id: string;
  entrySeq: number | null;
  script: string;
  state: string;
  words: string | null;
  runAs: string;
  retryOf: string | null;
  start: { effectiveUser: string } | null;
}

/** A session's commands as the api tells them, in order. */
export async function commandsOf(desk: Desk, number: number): Promise<CommandData[]> {
  const { s } = await desk.gql<{ s: { commands: CommandData[] } }>(
    `query($n: Int!) { s: sessionByNumber(number: $n) {
      commands { id entrySeq script state words runAs retryOf start { effectiveUser } } } }`,
    { n: number },
  );
  return s.commands;
}

/** The command of one entry. */
export async function commandAt(desk: Desk, number: number, entrySeq: number): Promise<CommandData> {
  const found = (await commandsOf(desk, number)).find((command) => command.entrySeq === entrySeq);
  if (found === undefined) throw new Error(`entry ${entrySeq} of session ${number} proposes no command`);
  return found;
}

/** All of a command's stdout. */
export async function stdoutOf(desk: Desk, id: string): Promise<string> {
  return (await desk.http.get(`/api/commands/${encodeURIComponent(id)}/output/stdout?download=1`)).text();
}
