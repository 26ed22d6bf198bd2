import { waitFor } from '@throughline/infra/testing/wait-for';
import { type SnapshotCopy, type SnapshotText, zSnapshotCopy } from '@throughline/domain/snapshot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Acted, type Desk, gid } from '../testing/desk.ts';
import { type ScriptedRuntime, playing } from '../testing/scripted-runtime.ts';

/** What a reader outside must find nowhere: three kinds that the customer named, and what goes with them. */
const PLANTED = [
  'Brightline Print',
  'Brightline',
  'Ken Abe',
  'ken.abe@brightline.example',
  'support@brightline.example',
  'C:\\Users\\ken.abe\\AppData\\Local\\Temp\\hpdriver.inf',
  '\\\\BRIT-FS01\\Accounts\\Payroll 2026.xlsx',
  '/home/kabe/driver.log',
  'BRIT-NORTH-01',
  'BRIT-PRINT01.brightline.example',
  '10.20.4.17',
  '555-0102',
  'BRIGHTLINE\\ken.abe',
  'Password=Tr0ub4dor&3',
];
const OUTPUT = [
  'ComputerName     : BRIT-PRINT01.brightline.example',
  'RemoteAddress    : 10.20.4.17',
  'TcpTestSucceeded : False',
  'Owner            : BRIGHTLINE\\ken.abe',
  'Driver           : C:\\Users\\ken.abe\\AppData\\Local\\Temp\\hpdriver.inf',
  'Log              : /home/kabe/driver.log',
  'Password=Tr0ub4dor&3',
  'Fix              : KB5034441, 0x80070005',
  '',
].join('\n');

let bench: ApiBench;
let sam: Desk;
let dana: Desk;
let runtime: ScriptedRuntime;
let sessionId: string;

beforeAll(async () => {
  bench = await openApiBench();
  const { people, clients } = bench.northgate;
  [sam, dana] = [bench.desk(people.sam), bench.desk(people.dana)];
  await bench.rows(`update client set contact_name = 'Ken Abe', contact_email = $2 where id = $1`, [
    clients.brightline.id,
    'ken.abe@brightline.example',
  ]);
  runtime = await bench.enrol(clients.brightline.id, 'BRIT-NORTH-01');
  await runtime.connect();
  sessionId = await bench.active(sam, runtime, 'Printer not working at Brightline');
  await message(
    sam,
    'Ken Abe of Brightline Print (ken.abe@brightline.example, 555-0102) says support@brightline.example is cc.',
  );
  await message(
    sam,
    'His file: \\\\BRIT-FS01\\Accounts\\Payroll 2026.xlsx on BRIT-NORTH-01. Ruled out: the network path.',
  );
  // Two of them lie across frames.
  const pieces = ['BRIT-PRINT01', '10.20.4.'].flatMap((at, i, all) => {
    const [from, to] = [i === 0 ? 0 : OUTPUT.indexOf(all[i - 1]!) + 4, OUTPUT.indexOf(at) + 4];
    return [OUTPUT.slice(from, to), ...(i === all.length - 1 ? [OUTPUT.slice(to)] : [])];
  });
  expect(pieces.join('')).toBe(OUTPUT);
  await ran('cat /home/kabe/driver.log', pieces);
});
afterAll(() => bench?.close());

const message = (desk: Desk, text: string) => desk.must('addMessage', { sessionId: gid('Session', sessionId), text });

/** A command that only reads, run to its end. */
async function ran(script: string, output: (string | { stderr: string })[]): Promise<string> {
  const commandId = await bench.command(sam, sessionId, script);
  await runtime.plays(commandId, playing(commandId, output));
  await waitFor('the verdict in the record', async () => {
    const rows = await bench.rows(
      `select from transcript_entry where session_id = $1 and kind = 'command_verdict' and key like $2`,
      [sessionId, `%${commandId}%`],
    );
    return rows.length === 1;
  });
  return commandId;
}

const SNAPSHOT = `... on Snapshot { id state throughSeq url views lastViewAt publishedAt expiresAt revokedAt createdBy edits { action value by at }
  review { hash rules places marks { mark kind value places } document } }`;
interface Snapshot extends Acted {
  id: string;
  state: string;
  throughSeq: number;
  url: string | null;
  views: number;
  lastViewAt: string | null;
  publishedAt: string | null;
  expiresAt: string | null;
  edits: { action: string; value: string; by: string; at: string }[];
  review: {
    hash: string;
    places: number;
    marks: { mark: string; kind: string; value: string | null; places: number }[];
    document: string;
  } | null;
}
const create = async (desk = sam) =>
  (await desk.must('createSnapshot', { sessionId: gid('Session', sessionId) }, SNAPSHOT)) as Snapshot;
const edit = async (what: 'hide' | 'show', { id }: Snapshot, value: string, desk = sam) =>
  (await desk.must(`${what}InSnapshot`, { snapshotId: id, value }, SNAPSHOT)) as Snapshot;
const confirm = async (draft: Snapshot, expiry?: string, desk = sam) =>
  (await desk.must(
    'confirmSnapshot',
    { snapshotId: draft.id, hash: draft.review?.hash, expiry },
    SNAPSHOT,
  )) as Snapshot;
const published = async (desk = sam): Promise<Snapshot> => confirm(await create(desk), undefined, desk);
const look = async ({ id }: Pick<Snapshot, 'id'>, desk = sam): Promise<Snapshot | null> =>
  (await desk.gql<{ snapshot: Snapshot | null }>(`query($id: ID!) { snapshot(id: $id) { ${SNAPSHOT} } }`, { id }))
    .snapshot;

const tokenOf = ({ url }: Pick<Snapshot, 'url'>): string => new URL(url!).pathname.replace('/snapshots/', '');
/** As somebody does who was sent the link. */
const opened = (token: string, headers: Record<string, string> = {}) =>
  fetch(`${bench.url}/snapshots/${token}/copy`, { headers });
const copyOf = async (shared: Snapshot): Promise<SnapshotCopy> => {
  const answer = await opened(tokenOf(shared));
  expect(answer.status).toBe(200);
  return zSnapshotCopy.parse(await answer.json());
};
const plain = (text: SnapshotText): string =>
  text.map((piece) => (typeof piece === 'string' ? piece : `[${piece.mark}]`)).join('');
const textOf = ({ document }: SnapshotCopy): string =>
  [
    ...[document.title, document.client, document.host],
    ...document.entries.flatMap(({ words, command }) => [
      words,
      ...(command === undefined ? [] : [command.script, command.context, command.stdout, command.stderr]),
    ]),
  ]
    .map(plain)
    .join('\n');

describe('a snapshot', () => {
  it('F109 ends with the entry it was begun at: what comes later is in no copy of it', async () => {
    const draft = await create();
    await message(sam, 'Afterthought: marmalade.');
    expect((await look(draft))?.review?.document).not.toContain('marmalade');
    const shared = await confirm((await look(draft))!);
    await message(sam, 'Afterthought: more marmalade.');
    const copy = await copyOf(shared);
    expect(copy.document.throughSeq).toBe(draft.throughSeq);
    expect(textOf(copy)).toContain('network path');
    expect(JSON.stringify(copy)).not.toContain('marmalade');
    expect(textOf(await copyOf(await published()))).toContain('more marmalade');
  });

  it('F111 has no link before somebody confirmed the very copy they looked at, and each edit is kept with who and when', async () => {
    const draft = await create();
    expect(draft).toMatchObject({ state: 'DRAFT', url: null, publishedAt: null });
    const hidden = await edit('hide', draft, 'KB5034441');
    const mark = hidden.review!.marks.find(({ value }) => value === 'KB5034441');
    expect(mark).toMatchObject({ kind: 'redacted', places: 1 });
    // Confirming what stood there before the edit.
    const stale = await sam.act('confirmSnapshot', { snapshotId: draft.id, hash: draft.review!.hash }, SNAPSHOT);
    expect(stale).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('Look at the copy again') });
    expect((await look(draft))?.url).toBeNull();
    const shown = await edit('show', hidden, 'BRIT-NORTH-01', dana);
    const shared = await confirm(shown);
    expect(shared).toMatchObject({ state: 'PUBLISHED', review: null });
    const text = textOf(await copyOf(shared));
    expect(text).toContain('BRIT-NORTH-01');
    expect(text).not.toContain('KB5034441');
    expect(shared.edits).toMatchObject([
      { action: 'hide', value: '', by: 'Sam Whitfield' },
      { action: 'show', value: '', by: 'Dana Ruiz' },
    ]);
  });

  it('F110 SC2 hides the 14 planted identifiers, with the same mark for the same thing, and keeps what is nobody’s name', async () => {
    const shared = await published();
    const answer = await opened(tokenOf(shared));
    const source = await answer.text();
    const decoded = textOf(zSnapshotCopy.parse(JSON.parse(source)));
    for (const planted of PLANTED) {
      expect(source.toLowerCase(), planted).not.toContain(JSON.stringify(planted).slice(1, -1).toLowerCase());
      expect(decoded.toLowerCase(), planted).not.toContain(planted.toLowerCase());
    }
    expect(decoded).toContain('TcpTestSucceeded : False');
    expect(decoded).toContain('KB5034441, 0x80070005');
  });
});
