import type { Row } from './row.ts';
import { type Site, localId } from './site.ts';
import { patiently } from './patience.ts';
import type { Workload } from './workload.ts';

export const FINAL_STATES = [
  ...['refused', 'denied', 'completed', 'completed_with_errors', 'failed', 'timed_out'],
  ...['cancelled', 'expired_unsent', 'outcome_unknown'],
];

/** Waits for the command's end, however long what was killed takes to come back. */
export function ended(site: Site, id: string, withinMs = 120_000): Promise<{ state: string; words: string | null }> {
  return patiently(
    `command ${localId(id)} to end`,
    async () => {
      const { command } = await site.senior.gql<{ command: { state: string; words: string | null } }>(
        'query($id: ID!) { command(id: $id) { state words } }',
        { id },
      );
      return FINAL_STATES.includes(command.state) ? command : null;
    },
    withinMs,
  );
}

/** Adds to the row what became of one command: its bytes as downloaded and as in Postgres, its executions, its record. */
export async function judge(
  site: Site,
  row: Row,
  id: string,
  work: Workload,
  expected: { state: string; stored?: { stdout: Buffer; stderr: Buffer } },
  repeat: string,
): Promise<void> {
  const fail = (what: string) => row.failures.push(`${repeat}: ${what} (command ${localId(id)})`);
  const { state, words } = await ended(site, id);
  if (state !== expected.state) fail(`it ended ${state}, not ${expected.state}: ${words}`);
  const executions = work.executions();
  if (executions > 1) row.ranTwice++;
  if (executions !== 1) fail(`it ran ${executions} times`);
  const wanted = expected.stored ?? work;
  for (const [stream, number] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    const copies = [
      ['downloaded', await download(site, id, stream)],
      ['in Postgres', await inPostgres(site, localId(id), number)],
    ] as const;
    for (const [where, bytes] of copies) {
      const { lost, twice } = compare(wanted[stream], bytes);
      row.bytesLost += lost;
      row.bytesDuplicated += twice;
      if (lost + twice > 0 || !bytes.equals(wanted[stream]))
        fail(
          `${stream} ${where} differs: ${bytes.length} bytes for ${wanted[stream].length}, ${lost} lost, ${twice} twice`,
        );
    }
  }
  for (const fault of await recordFaults(site, localId(id))) fail(fault);
}

/** What the product hands out of a stream. */
export async function download(site: Site, id: string, stream: 'stdout' | 'stderr'): Promise<Buffer> {
  const path = `/api/commands/${encodeURIComponent(id)}/output/${stream}?download=1`;
  return patiently(`the download of ${stream}`, async () => {
    const answer = await site.senior.http.get(path);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  });
}

async function inPostgres(site: Site, commandId: string, stream: number): Promise<Buffer> {
  const rows = await site.sql<{ bytes: Buffer }>(
    'select bytes from output_chunk where command_id = $1 and stream = $2 order by seq',
    [commandId, stream],
  );
  return Buffer.concat(rows.map((row) => row.bytes));
}

/** How many bytes are missing, and how many are too many. */
export function compare(wanted: Buffer, found: Buffer): { lost: number; twice: number } {
  if (found.equals(wanted)) return { lost: 0, twice: 0 };
  const both = Math.min(wanted.length, found.length);
  let same = 0;
  while (same < both && wanted[same] === found[same]) same++;
  const twice = Math.max(0, found.length - wanted.length);
  return { twice, lost: Math.max(wanted.length - found.length, twice > 0 ? 0 : wanted.length - same) };
}

/** One start, one end, one verdict, and no hole in the numbers of the session's entries. */
async function recordFaults(site: Site, commandId: string): Promise<string[]> {
  const entries = await site.sql<{ kind: string; n: number }>(
    `select kind, count(*)::int as n from transcript_entry where key = any($1) group by kind`,
    [['started', 'exit', 'output', 'verdict', 'dispatched'].map((what) => `${what}:${commandId}`)],
  );
  const [numbers] = await site.sql<{ holes: number }>(
    `select (max(e.seq) - count(*))::int as holes from transcript_entry e
     join command c on c.msp_id = e.msp_id and c.session_id = e.session_id where c.id = $1`,
    [commandId],
  );
  const faults = entries.filter(({ n }) => n !== 1).map(({ kind, n }) => `the record holds ${n} entries ${kind}`);
  if (!entries.some(({ kind }) => kind === 'command_verdict')) faults.push('the record holds no verdict');
  if (numbers?.holes !== 0) faults.push(`the numbers of the session's entries have ${numbers?.holes} holes`);
  return faults;
}
