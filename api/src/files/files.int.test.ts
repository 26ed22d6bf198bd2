import { createHash, randomBytes } from 'node:crypto';
import { fileLine } from '@throughline/domain/file-transfer';
import { entriesAfter } from '@throughline/store/record-store';
import { withTenant } from '@throughline/store/tenant';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Acted, type Desk, gid, rawId } from '../testing/desk.ts';
import { type Standing, fileCall, uploads } from '../testing/file-calls.ts';
import { type ScriptedRuntime, playing } from '../testing/scripted-runtime.ts';

/* Files over the real api: from a browser into the store, to and from an endpoint, and out of the record again. */
let bench: ApiBench;
let theo: Desk;
let runtime: ScriptedRuntime;
let sessionId: string;

const MIB = 1024 * 1024;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const sumOf = (bytes: Buffer) => ({ bytes: bytes.length, sha256: sha256(bytes) });

beforeAll(async () => {
  bench = await openApiBench();
  theo = bench.desk(bench.northgate.people.theo);
  runtime = await bench.enrol(bench.northgate.clients.cedar.id, 'CEDR-WS-01');
  await runtime.connect();
  sessionId = await bench.active(theo, runtime);
}, 120_000);
afterAll(() => bench?.close());

const session = () => gid('Session', sessionId);
async function uploaded(bytes: Buffer, desk = theo): Promise<Standing> {
  const { begin, bring } = uploads(bench.url, desk);
  let standing = (await (await begin(session(), bytes.length)).json()) as Standing;
  while (standing.sha256 === null) {
    const piece = bytes.subarray(standing.offset, standing.offset + MIB);
    standing = (await (await bring(standing.id, standing.offset, piece)).json()) as Standing;
  }
  return standing;
}
const sends = (uploadId: string, path: string, more: object = {}, desk = theo): Promise<Acted> =>
  desk.act('sendFile', { sessionId: session(), uploadId, path, reason: 'the browser trusts it then', ...more });
const fetches = (path: string): Promise<Acted> =>
  theo.act('fetchFile', { sessionId: session(), path, reason: 'to look at the log' });
const codeOf = async (answer: Response) => ((await answer.json()) as { error?: { code: string } }).error?.code;
const fileOf = async (commandId: string, desk = theo, headers = {}) =>
  desk.get(`/api/files/${encodeURIComponent(gid('Command', commandId))}`, headers);
const entries = () =>
  withTenant(bench.deps.pool, { mspId: bench.northgate.mspId, clients: '*' }, (tx) =>
    entriesAfter(tx, { mspId: bench.northgate.mspId, clients: '*' }, sessionId, 0, 1000),
  );
/** The person says yes, the order comes; returns the command's id. */
async function approved(acted: Acted): Promise<string> {
  expect(acted.message).toBeUndefined();
  const id = rawId(acted.id as string);
  await runtime.approves(sessionId, 'action');
  await runtime.order(id);
  return id;
}
const stateOf = async (id: string) =>
  (await bench.rows<{ state: string; words: string }>('select state, words from command where id = $1', [id]))[0];

describe('F040 an upload from a browser', () => {
  it('F040 goes on behind the last whole piece, and is summed up by the server', async () => {
    const bytes = randomBytes(2 * MIB + 77);
    const { begin, bring, standing } = uploads(bench.url, theo);
    const begun = await begin(session(), bytes.length);
    expect(begun.status).toBe(201);
    const { id } = (await begun.json()) as Standing;
    const read = async (answer: Response) => (await answer.json()) as Standing;
    expect((await read(await bring(id, 0, bytes.subarray(0, MIB)))).offset).toBe(MIB);
    // An answer that was lost: the same piece again, and one that would leave a gap, change nothing.
    expect((await read(await bring(id, 0, bytes.subarray(0, MIB)))).offset).toBe(MIB);
    expect((await read(await bring(id, 2 * MIB, bytes.subarray(2 * MIB)))).offset).toBe(MIB);
    expect(await read(await standing(id))).toMatchObject({ offset: MIB, sha256: null });
    await bring(id, MIB, bytes.subarray(MIB, 2 * MIB));
    expect((await read(await bring(id, 2 * MIB, bytes.subarray(2 * MIB)))).sha256).toBe(sha256(bytes));
  });

  it('F040 is kept once, however often it is brought', async () => {
    const bytes = randomBytes(5_000);
    const pieces = async () =>
      (await bench.rows<{ n: number }>('select count(*)::int as n from blob_piece'))[0]?.n ?? 0;
    await uploaded(bytes);
    const before = await pieces();
    expect((await uploaded(bytes)).sha256).toBe(sha256(bytes));
    expect(await pieces()).toBe(before);
  });

  it('F040 larger than the server takes, or than was said, is refused', async () => {
    const { begin, bring } = uploads(bench.url, theo);
    const large = await begin(session(), bench.deps.maxFileBytes + 1);
    expect([large.status, await codeOf(large)]).toEqual([413, 'TOO_LARGE']);
    const { id } = (await (await begin(session(), 10)).json()) as Standing;
    const longer = await bring(id, 0, randomBytes(11));
    expect([longer.status, await codeOf(longer)]).toEqual([413, 'TOO_LARGE']);
    expect((await bring(id, 0, randomBytes(MIB + 1))).status).toBe(413);
    expect((await begin(session(), -1)).status).toBe(400);
  });

  it('F040 F132 is nobody else’s: not another organisation’s, client’s or person’s', async () => {
    const { id } = await uploaded(randomBytes(10));
    for (const person of [bench.rivermark.people.rex, bench.northgate.people.lena, bench.northgate.people.ada]) {
      const other = uploads(bench.url, bench.desk(person));
      expect((await other.standing(id)).status).toBe(404);
      expect((await other.bring(id, 0, randomBytes(1))).status).toBe(404);
    }
    expect((await uploads(bench.url, bench.desk(bench.rivermark.people.rex)).begin(session(), 1)).status).toBe(404);
    expect((await uploads(bench.url, bench.desk(null)).begin(session(), 1)).status).toBe(401);
  });
});

describe('F040 a file sent to the endpoint', () => {
  it('F040 is asked for like a change, ordered by its hash, given to that runtime alone, and recorded', async () => {
    const bytes = randomBytes(MIB + 300);
    const path = '/usr/local/share/ca-certificates/DigiCertG2.crt';
    const { id: uploadId } = await uploaded(bytes);
    const id = await approved(await sends(uploadId, path));
    const order = await runtime.order(id);
    const file = { direction: 'to_endpoint', path, ...sumOf(bytes), overwrite: false };
    expect(order).toMatchObject({ v: 2, risk: 'change', file });
    expect(order.script).toBe(`Put file ${path} (${bytes.length} bytes, sha256 ${sha256(bytes)})`);
    const prompt = runtime.all('prompt').findLast((m) => m.prompt.kind === 'action')?.prompt;
    expect(prompt).toMatchObject({ command: order.script, title: expect.stringContaining('put a file') as string });

    const whole = await fileCall(bench.url, runtime, { method: 'GET', commandId: id });
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const rest = await fileCall(bench.url, runtime, { method: 'GET', commandId: id, offset: MIB - 5 });
    expect(rest.status).toBe(206);
    expect(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(MIB - 5))).toBe(true);

    await runtime.plays(id, playing(id, [fileLine(path, sumOf(bytes))]));
    expect(await stateOf(id)).toMatchObject({ state: 'completed' });
    const moved = (await entries()).find((e) => e.kind === 'file_transferred' && e.payload.commandId === id);
    expect(moved?.payload).toEqual({ commandId: id, direction: 'to_endpoint', path, ...sumOf(bytes) });
    expect(moved?.actor.kind).toBe('endpoint');

    const kept = await fileOf(id);
    expect(kept.headers.get('content-disposition')).toBe('attachment; filename="DigiCertG2.crt"');
    expect(kept.headers.get('x-content-type-options')).toBe('nosniff');
    expect(sha256(Buffer.from(await kept.arrayBuffer()))).toBe(sha256(bytes));
    const part = await fileOf(id, theo, { range: 'bytes=10-19' });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
    for (const person of [bench.rivermark.people.rex, bench.northgate.people.lena])
      expect((await fileOf(id, bench.desk(person))).status).toBe(404);
    expect((await fileOf(id, bench.desk(null))).status).toBe(401);

    const again = await theo.must('sendFile', {
      sessionId: session(),
      retryOf: gid('Command', id),
      path,
      overwrite: true,
      reason: 'once more',
    });
    const retried = await theo.gql<{ node: unknown }>(
      'query($id: ID!) { node(id: $id) { ... on Command { risk retryOf file { path bytes sha256 overwrite held } } } }',
      { id: again.id },
    );
    expect(retried.node).toMatchObject({
      risk: 'destructive',
      retryOf: gid('Command', id),
      file: { path, ...sumOf(bytes), overwrite: true, held: true },
    });
    await theo.must('cancelCommand', { commandId: again.id });
    await runtime.hears('prompt_closed', (m) => m.state === 'withdrawn');
  });

  it('F040 is not said to be there when the endpoint signs for another file', async () => {
    const bytes = randomBytes(10);
    const { id: uploadId } = await uploaded(bytes);
    const id = await approved(await sends(uploadId, '/tmp/other'));
    await runtime.plays(id, playing(id, [fileLine('/tmp/other', sumOf(randomBytes(10)))]));
    expect(await stateOf(id)).toMatchObject({ state: 'outcome_unknown' });
    expect((await entries()).some((e) => e.kind === 'file_transferred' && e.payload.commandId === id)).toBe(false);
  });

  it.each([
    ['a path that is not whole', 'certs/a.crt', /whole path/],
    ['a path with ..', '/etc/../root/a', /without \. and \.\./],
    ['a path that cannot be read', '/tmp/a\u202egnp.exe', /cannot be seen/],
  ])('F040 %s is refused where it is typed', async (_what, path, words) => {
    const { id } = await uploaded(randomBytes(3));
    expect(await sends(id, path)).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(words) as string,
    });
  });

  it('F040 needs a reason, a whole upload of one’s own, and a runtime that can', async () => {
    const { id } = await uploaded(randomBytes(3));
    expect(await sends(id, '/tmp/a', { reason: '' })).toMatchObject({ code: 'REASON_REQUIRED' });
    const half = (await (await uploads(bench.url, theo).begin(session(), 10)).json()) as Standing;
    expect(await sends(half.id, '/tmp/a')).toMatchObject({ code: 'INVALID_STATE' });
    expect(await sends(id, '/tmp/a', {}, bench.desk(bench.northgate.people.sam))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await sends(gid('Command', rawId(id)), '/tmp/a')).toMatchObject({ code: 'NOT_FOUND' });
    expect(await theo.act('sendFile', { sessionId: session(), path: '/tmp/a', reason: 'x' })).toMatchObject({
      message: 'Choose a file to send.',
    });
    await bench.rows('update runtime set protocol = 1 where id = $1', [runtime.identity.runtimeId]);
    try {
      expect((await sends(id, '/tmp/a')).message).toMatch(/too old for this: file transfer/);
    } finally {
      await bench.rows('update runtime set protocol = 2 where id = $1', [runtime.identity.runtimeId]);
    }
  });

  it('F040 F132 is given to nobody but the runtime whose signature fits, in time, for a command that is not over', async () => {
    const { id: uploadId } = await uploaded(randomBytes(10));
    const id = await approved(await sends(uploadId, '/tmp/guarded'));
    const other = await bench.enrol(bench.northgate.clients.cedar.id, 'CEDR-WS-02');
    const status = async (who: ScriptedRuntime, change: object = {}) =>
      (await fileCall(bench.url, who, { method: 'GET', commandId: id, ...change })).status;
    expect(await status(runtime)).toBe(200);
    expect(await status(other)).toBe(401);
    expect(await status(runtime, { at: Date.now() - 600_000 })).toBe(401);
    expect(await status(runtime, { signature: 'AAAA' })).toBe(401);
    expect((await fetch(`${bench.url}/agent/files/${id}`)).status).toBe(401);
    const offer = Buffer.from(JSON.stringify(sumOf(randomBytes(1))));
    expect((await fileCall(bench.url, runtime, { method: 'POST', commandId: id, body: offer })).status).toBe(409);
    await runtime.plays(id, playing(id, [{ stderr: 'no room\n' }], { exitCode: 1 }));
    expect(await stateOf(id)).toMatchObject({ state: 'failed' });
    expect(await status(runtime)).toBe(409);
  });
});

describe('F040 a file fetched from the endpoint', () => {
  const offer = (commandId: string, sum: object) =>
    fileCall(bench.url, runtime, { method: 'POST', commandId, body: Buffer.from(JSON.stringify(sum)) });
  const bring = (commandId: string, offset: number, body: Buffer) =>
    fileCall(bench.url, runtime, { method: 'PUT', commandId, offset, body });

  it('F040 comes in pieces, is kept when it is what was offered, and is there to download', async () => {
    const bytes = randomBytes(MIB + 10);
    const path = '/var/log/vpn.log';
    const id = await approved(await fetches(path));
    expect((await fileOf(id)).status).toBe(404);
    expect(await (await offer(id, sumOf(bytes))).json()).toEqual({ held: false, offset: 0 });
    expect(await (await bring(id, 0, bytes.subarray(0, MIB))).json()).toEqual({ held: false, offset: MIB });
    // A runner that comes back asks again and goes on there.
    expect(await (await offer(id, sumOf(bytes))).json()).toEqual({ held: false, offset: MIB });
    expect(await (await bring(id, MIB, bytes.subarray(MIB))).json()).toEqual({ held: true, offset: bytes.length });
    await runtime.plays(id, playing(id, [fileLine(path, sumOf(bytes))]));
    expect(await stateOf(id)).toMatchObject({ state: 'completed' });
    expect(sha256(Buffer.from(await (await fileOf(id)).arrayBuffer()))).toBe(sha256(bytes));

    const second = await approved(await fetches(path));
    expect(await (await offer(second, sumOf(bytes))).json()).toEqual({ held: true, offset: bytes.length });
    await runtime.plays(second, playing(second, [fileLine(path, sumOf(bytes))]));
    expect(await stateOf(second)).toMatchObject({ state: 'completed' });

    // Another client's endpoint that only knows the sum learns nothing and gets nothing by it.
    const stranger = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-09');
    await stranger.connect();
    const ada = bench.desk(bench.northgate.people.sam);
    const theirs = await bench.active(ada, stranger);
    const asked = await ada.must('fetchFile', { sessionId: gid('Session', theirs), path, reason: 'to compare' });
    const third = rawId(asked.id as string);
    await stranger.approves(theirs, 'action');
    await stranger.order(third);
    const body = Buffer.from(JSON.stringify(sumOf(bytes)));
    const answer = await fileCall(bench.url, stranger, { method: 'POST', commandId: third, body });
    expect(await answer.json()).toEqual({ held: false, offset: 0 });
  });

  it('F040 other bytes than were offered are not kept', async () => {
    const id = await approved(await fetches('/var/log/lie.log'));
    await offer(id, sumOf(randomBytes(100)));
    expect(await (await bring(id, 0, randomBytes(100))).json()).toEqual({ held: false, offset: 0 });
    expect((await offer(id, sumOf(randomBytes(101)))).status).toBe(409);
    expect((await fileOf(id)).status).toBe(404);
    await runtime.plays(id, playing(id, [fileLine('/var/log/lie.log', sumOf(randomBytes(100)))]));
    expect(await stateOf(id)).toMatchObject({ state: 'outcome_unknown' });
  });

  it('F040 a file beyond the cap is refused before its first byte', async () => {
    const id = await approved(await fetches('/var/log/large.log'));
    const answer = await offer(id, { bytes: bench.deps.maxFileBytes + 1, sha256: 'a'.repeat(64) });
    expect([answer.status, await codeOf(answer)]).toEqual([413, 'TOO_LARGE']);
    await runtime.plays(id, playing(id, [{ stderr: 'too large\n' }], { exitCode: 1 }));
  });
});
