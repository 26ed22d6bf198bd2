import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import { playing } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let jun: Desk;
let sessionId: string;
let commandId: string;
/** Several chunks of the index; words of many bytes stand before the one that is looked for. */
const LAST = 'the answer is pflaumenmus\n';
const text = `${Array.from({ length: 40_000 }, (_, i) => `line ${i} Größe ✓`).join('\n')}\n${LAST}`;
const PIECE = 60_000;

beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-07');
  await runtime.connect();
  sessionId = await bench.active(jun, runtime);
  commandId = await bench.command(jun, sessionId, 'cat /var/log/syslog');
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
    bytes.subarray(i * PIECE, (i + 1) * PIECE),
  );
  await runtime.plays(commandId, playing(commandId, [...pieces, { stderr: 'warning: quittengelee\n' }]));
  await jun.must('addMessage', {
    sessionId: gid('Session', sessionId),
    text: 'see registry HKLM\\SOFTWARE\\Mirabellen',
  });
  await bench.indexSearch();
}, 120_000);
afterAll(() => bench?.close());

interface Hits {
  searchTranscripts: {
    total: number;
    catchingUp: boolean;
    hits: {
      kind: string;
      stream: string | null;
      offset: number | null;
      entrySeq: number | null;
      excerpt: string;
      command: { id: string } | null;
    }[];
  };
}
const search = async (query: string) =>
  (
    await jun.gql<Hits>(
      'query($query: String!) { searchTranscripts(query: $query) { total catchingUp hits { kind stream offset entrySeq excerpt command { id } } } }',
      { query },
    )
  ).searchTranscripts;

it('F099 F104 F120 a word on the last line of a long output is found, and the hit points at its very byte', async () => {
  const { hits, total } = await search('pflaumenmus');
  expect(total).toBe(1);
  expect(hits[0]).toMatchObject({ kind: 'output', stream: 'stdout', command: { id: gid('Command', commandId) } });
  expect(hits[0]!.offset).toBe(Buffer.from(text).indexOf('pflaumenmus'));
  // What stands at that byte is what the reader opens.
  const { offset } = hits[0]!;
  const slice = await jun.get(`/api/commands/${encodeURIComponent(gid('Command', commandId))}/output/stdout`, {
    range: `bytes=${offset!}-${offset! + 10}`,
  });
  expect(await slice.text()).toBe('pflaumenmus');
  expect(hits[0]!.excerpt).toContain('\uE000');
  const command = (
    await bench.rows<{ entry_seq: number }>('select entry_seq from command where id = $1', [commandId])
  )[0];
  expect(hits[0]!.entrySeq).toBe(command?.entry_seq);
});

it('F099 words of stderr, chat and the command itself are found, and say what they are', async () => {
  expect((await search('quittengelee')).hits).toEqual([
    expect.objectContaining({ kind: 'output', stream: 'stderr', offset: 'warning: '.length }),
  ]);
  expect((await search('Mirabellen')).hits).toEqual([
    expect.objectContaining({ kind: 'message', stream: null, offset: null }),
  ]);
  expect((await search('/var/log/syslog')).hits.map((hit) => hit.kind)).toContain('command_proposed');
});

it('F099 what is not indexed yet is said to be missing, and is found once it is', async () => {
  await jun.must('addMessage', { sessionId: gid('Session', sessionId), text: 'zwetschge' });
  expect(await search('zwetschge')).toMatchObject({ total: 0, catchingUp: true });
  await bench.indexSearch();
  expect(
    await waitFor('the hit', async () => {
      const found = await search('zwetschge');
      return found.total === 1 && found;
    }),
  ).toMatchObject({ catchingUp: false });
});

it('F120 what was indexed twice is found once', async () => {
  await bench.rows('update search_outbox set done_at = null');
  await bench.indexSearch();
  expect((await search('pflaumenmus')).total).toBe(1);
});
