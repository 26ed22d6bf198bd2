import { generateKeyPairSync } from 'node:crypto';
import { encodeBatch } from '@throughline/domain/output-frame';
import { crc32 } from 'node:zlib';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import { type ScriptedRuntime, enrolOver, playing } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let ada: Desk;
let jun: Desk;
let harbor: string;

beforeAll(async () => {
  bench = await openApiBench();
  ada = bench.desk(bench.northgate.people.ada);
  jun = bench.desk(bench.northgate.people.jun);
  harbor = bench.northgate.clients.harbor.id;
});
afterAll(() => bench?.close());

const newKey = () =>
  generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const newToken = async (input: object = {}) =>
  (
    await ada.must(
      'createEnrollmentToken',
      { clientId: gid('Client', harbor), ...input },
      '... on EnrollmentToken { token }',
    )
  ).token as string;
const refusalOf = async (answer: Response) => ({
  status: answer.status,
  ...((await answer.json()) as { error: { code: string; message: string } }).error,
});
const audits = async (action: string) =>
  bench.rows<{ actor: string; details: Record<string, unknown> }>(
    'select actor, details from audit_event where action = $1 order by id',
    [action],
  );
const online = async (runtime: ScriptedRuntime) =>
  (await bench.rows<{ online: boolean }>('select online from endpoint where id = $1', [runtime.identity.endpointId]))[0]
    ?.online;
const commandRow = async (id: string) =>
  (
    await bench.rows<{ state: string; words: string; exit: unknown }>(
      'select state, words, exit from command where id = $1',
      [id],
    )
  )[0];
const storedBytes = async (id: string) =>
  Buffer.concat(
    (
      await bench.rows<{ bytes: Buffer }>('select bytes from output_chunk where command_id = $1 order by seq', [id])
    ).map((row) => row.bytes),
  ).toString();

let made = 0;
/** An endpoint online with an active session of Jun's. */
async function working(): Promise<{ runtime: ScriptedRuntime; sessionId: string }> {
  const runtime = await bench.enrol(harbor, `HARB-WS-${++made}`);
  expect(await runtime.connect()).toBe('welcome');
  return { runtime, sessionId: await bench.active(jun, runtime) };
}

describe('enrolment', () => {
  it('F001 takes a token once; the second time is refused in words and audited', async () => {
    const token = await newToken();
    expect((await enrolOver(bench.url, { token, hostname: 'ONCE-01', publicKey: newKey() })).status).toBe(201);
    const again = await refusalOf(await enrolOver(bench.url, { token, hostname: 'ONCE-02', publicKey: newKey() }));
    expect(again).toMatchObject({ status: 403, code: 'TOKEN_USED', message: expect.stringMatching(/already used/) });
    expect(await audits('endpoint.enroll_refused')).toContainEqual({
      actor: 'endpoint ONCE-02',
      details: { code: 'TOKEN_USED' },
    });
  });

  it('F001 of two that use a token at once, one gets through', async () => {
    const token = await newToken();
    const answers = await Promise.all(
      ['RACE-01', 'RACE-02'].map((hostname) => enrolOver(bench.url, { token, hostname, publicKey: newKey() })),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 403]);
  });

  it('F001 refuses a token that is too old', async () => {
    const token = await newToken();
    await bench.rows(`update enrollment_token set expires_at = now() - interval '1 second' where used_at is null`);
    const answer = await refusalOf(await enrolOver(bench.url, { token, hostname: 'OLD-01', publicKey: newKey() }));
    expect(answer).toMatchObject({ status: 403, code: 'TOKEN_EXPIRED' });
    expect(answer.message).toMatch(/Make a new one/);
  });

  it('F001 refuses a token made for another computer and names both', async () => {
    const token = await newToken({ expectedHost: 'HARB-WS-07' });
    const answer = await refusalOf(await enrolOver(bench.url, { token, hostname: 'EVIL-01', publicKey: newKey() }));
    expect(answer).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(answer.message).toMatch(/HARB-WS-07.*EVIL-01/);
    expect((await enrolOver(bench.url, { token, hostname: 'harb-ws-07', publicKey: newKey() })).status).toBe(201);
  });

  it('F009 refuses a token of a client that was retired since', async () => {
    const client = await ada.must('createClient', {
      name: 'Gone GmbH',
      groupId: gid('ClientGroup', bench.northgate.clients.harbor.groupId),
    });
    const token = await newToken({ clientId: client.id });
    await bench.rows(`update client set retired_at = now() where name = 'Gone GmbH'`);
    const answer = await refusalOf(await enrolOver(bench.url, { token, hostname: 'GONE-01', publicKey: newKey() }));
    expect(answer).toMatchObject({ status: 403, code: 'INVALID_STATE' });
  });

  it.each([
    ['a token nobody made', { token: 'tl_enroll_0000000000000000' }, 404],
    ['no token', { token: '' }, 400],
    ['a name that is taken at this client', { hostname: 'TAKEN-01' }, 409],
    ['an empty name', { hostname: '' }, 400],
    ['a key that is none', { publicKey: Buffer.from('this is not a public key at all').toString('base64') }, 400],
    [
      'a key of another kind',
      { publicKey: generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' }).toString('base64') },
      400,
    ],
    ['a newer protocol', { v: 3 }, 400],
    ['a field nobody knows', { admin: true }, 400],
    ['a NUL in the facts', { agentVersion: 'a\u0000b' }, 400],
  ])('F001 refuses %s in words, and the token stays good', async (_what, change, status) => {
    const taken = await bench.rows(`select 1 from endpoint where name = 'TAKEN-01'`);
    if (taken.length === 0)
      expect(
        (await enrolOver(bench.url, { token: await newToken(), hostname: 'TAKEN-01', publicKey: newKey() })).status,
      ).toBe(201);
    const token = await newToken();
    const good = { token, hostname: `BAD-${++made}`, publicKey: newKey() };
    const answer = await refusalOf(await enrolOver(bench.url, { ...good, ...change }));
    expect(answer.status).toBe(status);
    expect(answer.message).toMatch(/[A-Z].*\./);
    expect((await enrolOver(bench.url, good)).status).toBe(201);
  });
});

describe('who a runtime is', () => {
  it('F005 a runtime that proves its key is online, and offline as soon as its wire is cut', async () => {
    const runtime = await bench.enrol(harbor, 'PRES-01');
    expect(await online(runtime)).toBe(false);
    expect(await runtime.connect()).toBe('welcome');
    expect(await online(runtime)).toBe(true);
    await runtime.cut();
    await waitFor('offline', async () => (await online(runtime)) === false, 5_000);
    const [row] = await bench.rows<{ last_seen_at: Date }>('select last_seen_at from endpoint where id = $1', [
      runtime.identity.endpointId,
    ]);
    expect(Date.now() - row!.last_seen_at.getTime()).toBeLessThan(30_000);
    expect(await runtime.connect()).toBe('welcome');
    expect(await online(runtime)).toBe(true);
  });

  it('F009 refuses a signature over another challenge, and the true runtime still gets in', async () => {
    const runtime = await bench.enrol(harbor, 'FORGE-01');
    expect(await runtime.connect({ forge: true })).toBe('bye');
    expect(runtime.said).toBe('bad_signature');
    expect(await online(runtime)).toBe(false);
    expect(await runtime.connect()).toBe('welcome');
  });

  it('F009 a copied key is seen by its join counter: the runtime is locked, cut off and audited', async () => {
    const runtime = await bench.enrol(harbor, 'COPY-01');
    for (let i = 0; i < 3; i++) expect(await runtime.connect()).toBe('welcome');
    const copy = runtime.copy();
    expect(await copy.connect({ joinCounter: 2 })).toBe('bye');
    expect(copy.said).toBe('locked');
    expect(copy.heard.findLast((m) => m.type === 'bye')).toMatchObject({
      message: expect.stringMatching(/Two machines/),
    });
    await waitFor('the true one to be cut off, too', () => runtime.closed, 5_000);
    expect(runtime.said).toBe('locked');
    expect(await audits('runtime.locked')).toContainEqual({
      actor: `runtime ${runtime.identity.runtimeId}`,
      details: { joinCounter: 2 },
    });
    expect(await runtime.connect()).toBe('bye');
    expect(runtime.said).toBe('locked');
  });

  it('F009 retiring an endpoint cuts its live runtime off within 5 s, for good, and its record stays readable', async () => {
    const { runtime, sessionId } = await working();
    await ada.must('retireEndpoint', { endpointId: gid('Endpoint', runtime.identity.endpointId) });
    const retired = Date.now();
    await waitFor('the runtime to be cut off', () => runtime.closed, 5_000);
    expect(Date.now() - retired).toBeLessThanOrEqual(5_000);
    expect(runtime.said).toBe('revoked');
    expect(await runtime.connect()).toBe('bye');
    expect(runtime.said).toBe('revoked');
    const seen = await jun.gql<{ session: { entryCount: number }; endpoints: { edges: { node: { name: string } }[] } }>(
      'query($id: ID!) { session(id: $id) { entryCount } endpoints(retired: true) { edges { node { name } } } }',
      { id: gid('Session', sessionId) },
    );
    expect(seen.session.entryCount).toBeGreaterThan(2);
    expect(seen.endpoints.edges.map((edge) => edge.node.name)).toContain(runtime.identity.endpointName);
  });

  it.each([
    ['no JSON', '{'],
    ['an unknown message', '{"type":"root"}'],
    ['a command fact before hello', JSON.stringify({ type: 'accept', commandId: 'x', at: 1 })],
    ['output before hello', new Uint8Array(40)],
    ['a heartbeat without a time', '{"type":"heartbeat"}'],
  ])('F009 says goodbye in words to %s', async (_what, wire) => {
    const runtime = await bench.enrol(harbor, `RAW-${++made}`);
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(`${bench.url.replace('http', 'ws')}/agent`);
    const heard: string[] = [];
    socket.on('message', (data: Buffer) => heard.push(data.toString()));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(wire);
    await waitFor('the socket to close', () => socket.readyState === socket.CLOSED, 5_000);
    expect(JSON.parse(heard.at(-1) ?? 'null')).toMatchObject({ type: 'bye', code: 'bad_message' });
    expect(await runtime.connect()).toBe('welcome');
  });

  it('F009 a runtime of another protocol version is told to update', async () => {
    const runtime = await bench.enrol(harbor, 'FUTURE-01');
    expect(await runtime.connect({ v: 9 })).toBe('bye');
    expect(runtime.said).toBe('unsupported');
  });
});

describe('output', () => {
  it('F026 F025 keeps every byte of both streams, with the sums the endpoint signed', async () => {
    const { runtime, sessionId } = await working();
    const id = await bench.command(jun, sessionId, 'dmesg');
    await runtime.plays(id, playing(id, ['one\n', { stderr: 'careful\n' }, 'two \u{1F9EA}\n']));
    expect(await commandRow(id)).toMatchObject({
      state: 'completed_with_errors',
      words: 'Exit 0, with output on stderr.',
    });
    const answer = await jun.get(`/api/commands/${encodeURIComponent(gid('Command', id))}/output/stdout`);
    expect(await answer.text()).toBe('one\ntwo \u{1F9EA}\n');
    expect(answer.headers.get('x-total-bytes')).toBe(String(Buffer.byteLength('one\ntwo \u{1F9EA}\n')));
  });

  it('F026 frames sent again change nothing and are acknowledged again', async () => {
    const { runtime, sessionId } = await working();
    const id = await bench.command(jun, sessionId);
    const played = playing(id, ['a', 'b', 'c']);
    await runtime.order(id);
    runtime.start(id);
    for (let i = 0; i < 3; i++) runtime.send(id, played.frames);
    await waitFor(
      'three acknowledgements',
      () => runtime.all('ack').filter((m) => m.commandId === id && m.ackSeq === 3).length >= 1,
    );
    runtime.exit(id, played.exit);
    await runtime.hears('settled', (m) => m.commandId === id);
    expect(await storedBytes(id)).toBe('abc');
    expect(await commandRow(id)).toMatchObject({ state: 'completed' });
  });

  it('F026 a gap is asked for again from the first frame that is missing', async () => {
    const { runtime, sessionId } = await working();
    const id = await bench.command(jun, sessionId);
    const { frames, exit } = playing(id, ['a', 'b', 'c', 'd']);
    await runtime.order(id);
    runtime.start(id);
    runtime.send(id, [frames[0]!]);
    runtime.send(id, [frames[3]!, frames[2]!]);
    expect(await runtime.hears('rewind', (m) => m.commandId === id)).toMatchObject({ expectedSeq: 2 });
    runtime.send(id, frames.slice(1));
    runtime.exit(id, exit);
    await runtime.hears('settled', (m) => m.commandId === id);
    expect(await storedBytes(id)).toBe('abcd');
  });

  it('F026 an end that comes before its frames is answered with a rewind, and settles once they are here', async () => {
    const { runtime, sessionId } = await working();
    const id = await bench.command(jun, sessionId);
    const { frames, exit } = playing(id, ['a', 'b']);
    await runtime.order(id);
    runtime.start(id);
    runtime.exit(id, exit);
    expect(await runtime.hears('rewind', (m) => m.commandId === id)).toMatchObject({ expectedSeq: 1 });
    expect((await commandRow(id))?.state).toBe('running');
    runtime.send(id, frames);
    runtime.exit(id, exit);
    await runtime.hears('settled', (m) => m.commandId === id);
    // Said again, because the runtime may not have heard: one end on the record.
    runtime.exit(id, exit);
    await waitFor('settled twice', () => runtime.all('settled').filter((m) => m.commandId === id).length === 2);
    expect(
      await bench.rows(`select 1 from transcript_entry where session_id = $1 and kind = 'command_exit'`, [sessionId]),
    ).toHaveLength(1);
    expect((await commandRow(id))?.state).toBe('completed');
  });

  it('F026 a frame sent twice with another byte freezes the stream: never a success, and a person is told to look', async () => {
    const { runtime, sessionId } = await working();
    const id = await bench.command(jun, sessionId);
    const { frames, exit } = playing(id, ['true\n', 'more\n']);
    await runtime.order(id);
    runtime.start(id);
    runtime.send(id, [frames[0]!]);
    await runtime.hears('ack', (m) => m.commandId === id);
    runtime.send(id, [{ ...frames[0]!, bytes: Buffer.from('fals\n') }]);
    expect(await runtime.hears('conflict', (m) => m.commandId === id)).toBeTruthy();
    runtime.send(id, [frames[1]!]);
    runtime.exit(id, exit);
    await runtime.hears('settled', (m) => m.commandId === id);
    expect(await commandRow(id)).toMatchObject({
      state: 'outcome_unknown',
      words: expect.stringMatching(/disagree.*different bytes.*A person has to look/),
    });
    expect(await storedBytes(id)).toBe('true\n');
  });

  it.each([
    ['a truncated batch', (wire: Uint8Array) => wire.subarray(0, wire.length - 2)],
    [
      'a batch with a byte changed under way',
      (wire: Uint8Array) => wire.map((byte, i) => (i === wire.length - 1 ? byte ^ 1 : byte)),
    ],
    ['a batch with bytes behind it', (wire: Uint8Array) => Buffer.concat([wire, Buffer.from('x')])],
  ])('F026 refuses %s whole, and goes on after a new connect where it stood', async (_what, harm) => {
    const { runtime, sessionId } = await working();
    const id = await bench.command(jun, sessionId);
    const { frames, exit } = playing(id, ['first\n', 'second\n']);
    await runtime.order(id);
    runtime.start(id);
    runtime.send(id, [frames[0]!]);
    await runtime.hears('ack', (m) => m.commandId === id);
    runtime.sendRaw(harm(encodeBatch({ commandId: id, frames: [frames[1]!] }, crc32)));
    await waitFor('goodbye', () => runtime.closed, 5_000);
    expect(runtime.said).toBe('bad_message');
    expect(await storedBytes(id)).toBe('first\n');
    expect(await runtime.connect({ open: [id] })).toBe('welcome');
    expect(runtime.all('welcome').at(-1)?.heads).toEqual([{ commandId: id, ackSeq: 1, settled: false }]);
    runtime.send(id, [frames[1]!]);
    runtime.exit(id, exit);
    await runtime.hears('settled', (m) => m.commandId === id);
    expect((await commandRow(id))?.state).toBe('completed');
  });

  it("F026 F132 another runtime's frames, starts and ends for this command are not listened to", async () => {
    const { runtime, sessionId } = await working();
    const stranger = await bench.enrol(bench.northgate.clients.cedar.id, `CEDR-${++made}`);
    await stranger.connect();
    const id = await bench.command(jun, sessionId);
    await runtime.order(id);
    const { frames, exit } = playing(id, ['forged\n']);
    stranger.start(id);
    stranger.send(id, frames);
    stranger.exit(id, exit);
    stranger.say({ type: 'refuse', commandId: id, code: 'X', message: 'x', at: Date.now() });
    stranger.say({ type: 'unknown', commandId: id, at: Date.now(), nextSeq: 1 });
    // A reconnect is worked off after all of these, so whatever they did would be done by then.
    expect(await stranger.connect({ open: [id] })).toBe('welcome');
    expect(stranger.all('welcome').at(-1)?.heads).toEqual([{ commandId: id, ackSeq: 0, settled: true }]);
    expect(await bench.rows('select 1 from output_chunk where command_id = $1', [id])).toEqual([]);
    expect((await commandRow(id))?.state).toBe('dispatched');
    expect(stranger.all('ack')).toEqual([]);
    await runtime.plays(id, playing(id, ['true\n']));
    expect(await storedBytes(id)).toBe('true\n');
  });
});

describe('how a command ends', () => {
  it.each([
    [
      'another sum of stdout',
      (exit: object) => ({ ...exit, stdout: { bytes: 3, sha256: 'f'.repeat(64) } }),
      /stdout differs/,
    ],
    [
      'another number of bytes',
      (exit: object) => ({
        ...exit,
        stderr: { bytes: 9, sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
      }),
      /stderr differs/,
    ],
    ['another chain', (exit: object) => ({ ...exit, chainHead: '0'.repeat(64) }), /chain differs/],
    ['fewer frames than are stored', (exit: object) => ({ ...exit, lastSeq: 0 }), /number of frames differs/],
  ])('F026 an end that names %s is outcome_unknown, with the reason in words', async (_what, change, words) => {
    const { runtime, sessionId } = await working();
    const id = await bench.command(jun, sessionId);
    const { frames, exit } = playing(id, ['abc']);
    await runtime.plays(id, { frames, exit: change(exit) as typeof exit });
    const row = await commandRow(id);
    expect(row?.state).toBe('outcome_unknown');
    expect(row?.words).toMatch(words);
    expect(row?.words).toMatch(/A person has to look/);
  });

  it('F026 an end signed by another key is outcome_unknown', async () => {
    const { runtime, sessionId } = await working();
    const id = await bench.command(jun, sessionId);
    const { frames, exit } = playing(id, ['abc']);
    await runtime.order(id);
    runtime.start(id);
    runtime.send(id, frames);
    runtime.exit(id, exit, Buffer.alloc(64, 7).toString('base64'));
    await runtime.hears('settled', (m) => m.commandId === id);
    expect(await commandRow(id)).toMatchObject({
      state: 'outcome_unknown',
      words: expect.stringMatching(/signature does not fit/),
    });
  });

  it('F015 a runtime that lost sight of a command settles it as unknown, and it is not sent again', async () => {
    const { runtime, sessionId } = await working();
    const id = await bench.command(jun, sessionId);
    const { frames } = playing(id, ['half']);
    await runtime.order(id);
    runtime.start(id);
    runtime.say({ type: 'unknown', commandId: id, at: Date.now(), nextSeq: 2 });
    expect(await runtime.hears('rewind', (m) => m.commandId === id)).toMatchObject({ expectedSeq: 1 });
    runtime.send(id, frames);
    runtime.say({ type: 'unknown', commandId: id, at: Date.now(), nextSeq: 2 });
    await runtime.hears('settled', (m) => m.commandId === id);
    expect(await commandRow(id)).toMatchObject({
      state: 'outcome_unknown',
      words: expect.stringMatching(/not run again/),
    });
    const orders = runtime.all('command').length;
    expect(await runtime.connect()).toBe('welcome');
    const next = await bench.command(jun, sessionId, 'hostname');
    await runtime.order(next);
    expect(runtime.all('command')).toHaveLength(orders + 1);
  });

  it("F048 the endpoint's own refusal is shown in its words", async () => {
    const { runtime, sessionId } = await working();
    const id = await bench.command(jun, sessionId);
    await runtime.order(id);
    runtime.say({
      type: 'refuse',
      commandId: id,
      code: 'LOCAL_POLICY',
      message: 'This computer takes no commands at night.',
      at: Date.now(),
    });
    await runtime.hears('settled', (m) => m.commandId === id);
    expect(await commandRow(id)).toMatchObject({
      state: 'refused',
      words: 'Refused by the endpoint (LOCAL_POLICY): This computer takes no commands at night.',
    });
  });
});

describe('presence', () => {
  it('F016 F005 an order made while the endpoint is away is sent once when it is back; the record says when it was gone', async () => {
    const { runtime, sessionId } = await working();
    await runtime.cut();
    await waitFor('offline', async () => (await online(runtime)) === false, 5_000);
    const presence = () =>
      bench.rows<{ payload: Buffer }>(
        `select p.payload from transcript_entry e join transcript_payload p using (msp_id, session_id, seq) where e.session_id = $1 and e.kind = 'presence' order by e.seq`,
        [sessionId],
      );
    await waitFor('the entry', async () => (await presence()).length === 1);
    const id = await bench.command(jun, sessionId, 'uptime');
    await waitFor(
      'the order in the outbox',
      async () => (await bench.rows('select 1 from command_outbox where command_id = $1', [id])).length === 1,
    );
    expect(runtime.all('command').filter((m) => m.commandId === id)).toEqual([]);
    expect(await runtime.connect()).toBe('welcome');
    await runtime.order(id);
    await waitFor('the second entry', async () => (await presence()).length === 2);
    await runtime.plays(id, playing(id, ['up 3 days\n']));
    await runtime.connect();
    const next = await bench.command(jun, sessionId, 'whoami');
    await runtime.plays(next, playing(next, ['throughline\n']));
    expect(runtime.all('command').filter((m) => m.commandId === id)).toHaveLength(1);
    expect(
      (await presence()).map((row) => (JSON.parse(row.payload.toString()) as { online: boolean }).online).slice(0, 2),
    ).toEqual([false, true]);
  });
});
