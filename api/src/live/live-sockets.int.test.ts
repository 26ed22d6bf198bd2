import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { createSchema, createYoga } from 'graphql-yoga';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_OPERATIONS } from '../graphql/over-socket.ts';
import type { Asker, Graphql } from '../graphql/yoga.ts';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import { PageSocket } from '../testing/page-socket.ts';
import { type ScriptedRuntime, playing } from '../testing/scripted-runtime.ts';
import { takeUpgrades } from '../upgrades.ts';
import { startLiveSockets } from './live-sockets.ts';

let bench: ApiBench;
let jun: Desk;
let runtime: ScriptedRuntime;
beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
  runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-07');
  await runtime.connect();
}, 240_000);
afterAll(() => bench?.close());

const BOARD = 'subscription { boardEvents { kind } }';
const SESSION =
  'subscription($id: ID!, $after: Int!) { sessionEvents(sessionId: $id, after: $after) { entry { seq } watchers { user { name } } } }';
const OUTPUT = 'subscription($id: ID!) { commandOutput(commandId: $id, after: 0) { seq bytes } }';
interface Entries {
  sessionEvents: { entry: { seq: number } | null; watchers: { user: { name: string } }[] };
}
const greeted = async (desk: Desk = jun) => {
  const socket = await desk.openSocket();
  await socket.greet();
  return socket;
};
const codes = (followed: { errors: { extensions?: { code?: string } }[] }) =>
  followed.errors.map(({ extensions }) => extensions?.code);

describe('one socket for all that a tab follows', () => {
  it('F025 F126 F137 carries board, session, notifications and output side by side; leaving one leaves the others', async () => {
    const sessionId = await bench.active(jun, runtime);
    const id = gid('Session', sessionId);
    const commandId = await bench.command(jun, sessionId);
    const socket = await greeted();
    const board = socket.follow(BOARD);
    const news = socket.follow('subscription { notificationAdded { id } }');
    const session = socket.follow<Entries>(SESSION, { id, after: 0 });
    const output = socket.follow<{ commandOutput: { bytes: string } }>(OUTPUT, { id: gid('Command', commandId) });
    const started = () =>
      socket.frames.flatMap(({ type, payload }) => (type === 'pong' ? [(payload as { started: string }).started] : []));
    await waitFor('all four', () => [board, news, session, output].every((each) => started().includes(each.id)));
    await waitFor('what was there', () => session.events.length >= 4 && board.events.length > 0);

    const metrics = await (await fetch(`${bench.url}/metrics`)).text();
    for (const kind of ['runtime', 'page']) expect(metrics).toContain(`throughline_connected{kind="${kind}"} 1`);

    await runtime.plays(commandId, playing(commandId, ['Linux\n', 'done\n']));
    await waitFor('the end of the output', () => output.ended);
    const text = output.events
      .map(({ commandOutput }) => Buffer.from(commandOutput.bytes, 'base64').toString())
      .join('');
    expect(text).toBe('Linux\ndone\n');

    const watching = async () =>
      (await bench.rows('select 1 from session_watch where session_id = $1', [sessionId])).length;
    expect(await watching()).toBe(1);
    await session.close();
    // At once, not at the next thing that happens there: the page is off the list of who looks.
    await waitFor('the page to be off the list', async () => (await watching()) === 0);
    const had = session.events.length;
    await jun.must('addMessage', { sessionId: id, text: 'still there?' });
    const before = board.events.length;
    await jun.must('escalateSession', {
      sessionId: id,
      userId: gid('User', bench.northgate.people.sam.id),
      reason: 'hard',
    });
    await waitFor('the board to tell', () => board.events.length > before);
    expect(session.events).toHaveLength(had);
    expect([board.ended, news.ended, socket.closed]).toEqual([false, false, null]);
    await socket.close();
  });

  it('F136 the socket itself closes with its sign-in, after the streams have had their last word', async () => {
    const theo = bench.desk(bench.northgate.people.theo);
    const [socket, other] = [await greeted(theo), await greeted()];
    const board = socket.follow(BOARD);
    await waitFor('the board', () => board.events.length > 0);
    await theo.gql('mutation { endAllSignIns { __typename } }');
    await waitFor('the end', () => socket.closed !== null);
    expect(board.ended).toBe(true);
    expect(socket.closed).toEqual({ code: 4401, reason: 'This sign-in has ended.' });
    expect(other.closed).toBeNull();
    await other.close();
    const again = await greeted(theo);
    await waitFor('the refusal', () => again.closed !== null);
    expect(again.closed).toEqual({ code: 4403, reason: 'Sign in first.' });
  });

  it('F132 asks for the same rights: what is not theirs is not found', async () => {
    const sessionId = await bench.started(jun, runtime, 'Not yours');
    const socket = await greeted(bench.desk(bench.rivermark.people.rex));
    const followed = socket.follow<Entries>(SESSION, { id: gid('Session', sessionId), after: 0 });
    await waitFor('the refusal', () => followed.errors.length > 0);
    expect([codes(followed), followed.events]).toEqual([['NOT_FOUND'], []]);
    await socket.close();
  });
});

describe('who may open it', () => {
  const refusal = (headers: Record<string, string>, desk: Desk = jun) =>
    desk.openSocket(headers).then(
      async (socket) => (await socket.close(), 'opened'),
      (error: Error) => error.message,
    );

  it('refuses every page of another address, whatever the cookie, and whoever names none', async () => {
    const port = new URL(bench.url).port;
    for (const origin of [
      'https://evil.example',
      'null',
      '',
      `https://127.0.0.1:${port}`,
      'http://127.0.0.1',
      `http://127.0.0.1:${port}.evil.example`,
      `http://localhost:${port}`,
    ])
      expect(await refusal({ origin })).toBe(
        `HTTP 403: Only pages of ${bench.url} may open this socket. Others follow by server-sent events.`,
      );
    expect(await refusal({})).toBe('opened');
  });

  it('U43 takes no API token, in a header or in the address', async () => {
    const made = await jun.must(
      'createApiToken',
      { name: 'Watch', scopes: ['read'], days: 1 },
      '... on CreatedApiToken { token }',
    );
    const token = made['token'] as string;
    expect(token).toMatch(/^tl_/);
    expect(await refusal({ authorization: `Bearer ${token}` })).toMatch(/^HTTP 403: API tokens follow by server-sent/);
    const byAddress = await PageSocket.open(
      bench.url,
      { origin: bench.url },
      'graphql-transport-ws',
      `?token=${token}`,
    );
    await byAddress.greet();
    await waitFor('the refusal', () => byAddress.closed !== null);
    expect(byAddress.closed).toEqual({ code: 4403, reason: 'Sign in first.' });
  });

  it('tells who is not signed in to sign in', async () => {
    const socket = await greeted(bench.desk(null));
    await waitFor('the refusal', () => socket.closed !== null);
    expect(socket.closed).toEqual({ code: 4403, reason: 'Sign in first.' });
  });

  it('answers an upgrade to anywhere else with 404, and addresses that are none do not end the process', async () => {
    for (const path of ['/', '//', '/elsewhere', '/graphql/x', '/__proto__', '*']) {
      const { port } = new URL(bench.url);
      const raw = connect(Number(port), '127.0.0.1');
      const handshake = ['Connection: Upgrade', 'Upgrade: websocket', `Origin: ${bench.url}`, 'Host: x'].join('\r\n');
      raw.write(`GET ${path} HTTP/1.1\r\n${handshake}\r\n\r\n`);
      let answer = '';
      raw.on('data', (part) => (answer += String(part)));
      await once(raw, 'close');
      expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found/);
    }
  });
});

describe('what it does not understand', () => {
  const closing = async (send: (socket: PageSocket) => void, socket: Promise<PageSocket> = greeted()) => {
    const opened = await socket;
    send(opened);
    await waitFor('the end', () => opened.closed !== null);
    return opened.closed;
  };

  it('closes with the protocol’s own code', async () => {
    const query = { type: 'subscribe', id: 'a', payload: { query: BOARD } };
    expect(await closing((socket) => socket.send('not JSON'))).toMatchObject({ code: 4400 });
    expect(await closing((socket) => socket.send({ type: 'whatever' }))).toMatchObject({ code: 4400 });
    expect(await closing((socket) => socket.send({ type: 'subscribe', id: 'a', payload: { query: 1 } }))).toMatchObject(
      {
        code: 4400,
      },
    );
    expect(await closing((socket) => socket.send(query), jun.openSocket())).toMatchObject({ code: 4401 });
    expect(await closing((socket) => (socket.send(query), socket.send(query)))).toMatchObject({ code: 4409 });
    expect(await closing((socket) => socket.send({ type: 'connection_init' }))).toMatchObject({ code: 4429 });
    expect(await closing((socket) => socket.send(`"${'x'.repeat(64 * 1024)}"`))).toMatchObject({ code: 1009 });
    const other = PageSocket.open(bench.url, { origin: bench.url }, 'graphql-ws').catch(
      (error: Error) => error.message,
    );
    expect(await other).toMatch(/subprotocol/i);
  });

  it('answers an operation it refuses with one error, and keeps the socket', async () => {
    const socket = await greeted();
    const refused = async (query: string) => {
      const followed = socket.follow(query);
      await waitFor('the refusal', () => followed.errors.length > 0);
      expect(followed.events).toEqual([]);
      return followed.errors.map(({ message }) => message).join(' ');
    };
    const only = 'Only subscriptions run over the socket. Send this as POST /graphql.';
    expect(await refused('{ viewer { unreadNotifications } }')).toBe(only);
    expect(await refused('mutation { endAllSignIns { __typename } }')).toBe(only);
    expect(await refused('subscription { nothing }')).toMatch(/Cannot query field "nothing"/);
    expect(await refused('subscription {')).toMatch(/Syntax Error/);
    expect(await refused('subscription A { boardEvents { kind } } subscription B { boardEvents { kind } }')).toMatch(
      /Name one operation/,
    );
    expect(await refused('subscription($id: ID!) { sessionEvents(sessionId: $id, after: 0) { __typename } }')).toMatch(
      /\$id/,
    );
    // The limits that queries have over HTTP.
    expect(await refused(`subscription { boardEvents { ${'kind '.repeat(3_100)} } }`)).toMatch(/token/i);
    const nested = `session { ${'commands { approval { session { '.repeat(5)} id ${'} } }'.repeat(5)} }`;
    expect(await refused(`subscription { sessionEvents(sessionId: "x", after: 0) { ${nested} } }`)).toMatch(/depth/i);
    expect(
      await refused(
        `subscription { boardEvents { ${Array.from({ length: 16 }, (_, i) => `a${i}: kind`).join(' ')} } }`,
      ),
    ).toMatch(/alias/i);
    expect(bench.logged.filter((line) => line.includes('a live socket failed'))).toEqual([]);
    const board = socket.follow(BOARD);
    await waitFor('the board', () => board.events.length > 0);
    await socket.close();
  });

  it('follows no more than a page needs at a time', async () => {
    const socket = await greeted();
    const many = Array.from({ length: MAX_OPERATIONS }, () => socket.follow(BOARD));
    await waitFor('all of them', () => many.every(({ events }) => events.length > 0));
    const more = socket.follow(BOARD);
    await waitFor('the refusal', () => more.errors.length > 0);
    expect(codes(more)).toEqual(['RATE_LIMITED']);
    await many[0]!.close();
    const room = socket.follow(BOARD);
    await waitFor('the one in its place', () => room.events.length > 0);
    await socket.close();
  });
});

describe('an id used again while what had it before still begins', () => {
  const asks = (socket: PageSocket, query: string, variables: object = {}) =>
    socket.send({ type: 'subscribe', id: 'x', payload: { query, variables } });
  const begun = (socket: PageSocket) => socket.frames.filter(({ type }) => type === 'pong').length;

  it('F025 nobody who closed the socket is left in the list of who looks', async () => {
    const sessionId = await bench.started(jun, runtime, 'Looked at in haste');
    const looking = async () =>
      (await bench.rows('select 1 from session_watch where session_id = $1', [sessionId])).length;
    const socket = await greeted();
    for (let i = 0; i < 20; i++) {
      asks(socket, SESSION, { id: gid('Session', sessionId), after: 0 });
      socket.leave('x');
    }
    asks(socket, SESSION, { id: gid('Session', sessionId), after: 0 });
    await waitFor('all to have begun', () => begun(socket) === 21);
    await waitFor('several pages at once', async () => (await looking()) > 1);
    await socket.close();
    await waitFor('the list to be empty', async () => (await looking()) === 0);
  });

  it('what is left while it begins counts until it is over', async () => {
    const socket = await greeted();
    for (let i = 0; i < MAX_OPERATIONS; i++) {
      asks(socket, BOARD);
      socket.leave('x');
    }
    const more = socket.follow(BOARD);
    await waitFor('the refusal', () => more.errors.length > 0);
    expect(codes(more)).toEqual(['RATE_LIMITED']);
    await waitFor('all to have begun', () => begun(socket) === MAX_OPERATIONS);
    const room = socket.follow(BOARD);
    await waitFor('the one in their place', () => room.events.length > 0);
    await socket.close();
  });
});

describe('who does not read, or says nothing', () => {
  /** The same server with a schema made for it: a subscription that always has something to tell. */
  async function endless(patience: { beatMs: number; idleMs: number; sendMs: number }) {
    const told = { values: 0, ended: false };
    const schema = createSchema<Asker>({
      typeDefs: 'type Query { a: Int } type Subscription { more: String }',
      resolvers: {
        Subscription: {
          more: {
            async *subscribe() {
              try {
                for (; ; await turn()) {
                  told.values += 1;
                  yield { more: 'x'.repeat(256 * 1024) };
                }
              } finally {
                told.ended = true;
              }
            },
          },
        },
      },
    });
    const graphql = createYoga<Asker>({ schema, logging: false }) as unknown as Graphql;
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const live = startLiveSockets({ ...bench.deps, publicUrl: url, graphql, patience });
    takeUpgrades(server, { '/graphql': live.upgrade });
    const close = async () => {
      live.stop();
      await new Promise((resolve) => server.close(resolve));
    };
    const { cookie } = bench.northgate.people.dana;
    const socket = await PageSocket.open(url, { origin: url, cookie });
    await socket.greet();
    return { told, socket, close };
  }

  it('asks for no next value before one is taken, and lets go of who takes none', async () => {
    const { told, socket, close } = await endless({ beatMs: 60_000, idleMs: 60_000, sendMs: 3_000 });
    const followed = socket.follow('subscription { more }');
    await waitFor('some', () => followed.events.length > 3);
    socket.ws.pause();
    const from = told.values;
    await waitFor('the end', () => told.ended, 30_000);
    // What the system's own buffers hold, and one more; a server that did not wait would have made thousands in this time.
    expect(told.values - from).toBeLessThan(150);
    socket.ws.terminate();
    await close();
  }, 60_000);

  it('closes a socket that follows nothing, and one whose other end is gone', async () => {
    const idle = await endless({ beatMs: 3_000, idleMs: 2_000, sendMs: 60_000 });
    await waitFor('the end', () => idle.socket.closed !== null, 20_000);
    expect(idle.socket.closed).toEqual({ code: 1000, reason: 'Nothing is followed.' });
    await idle.close();
    const gone = await endless({ beatMs: 3_000, idleMs: 60_000, sendMs: 60_000 });
    const followed = gone.socket.follow('subscription { more }');
    await waitFor('some', () => followed.events.length > 3);
    gone.socket.ws.pause();
    await waitFor('the end', () => gone.told.ended, 30_000);
    gone.socket.ws.terminate();
    await gone.close();
  }, 60_000);

  it('lets go of who never says hello, and of who asks for too much at once', async () => {
    const silent = await jun.openSocket();
    const flood = await greeted();
    for (let i = 0; i < 500; i++) flood.send({ type: 'subscribe', id: `f-${i}`, payload: { query: BOARD } });
    await waitFor('the flood to be closed', () => flood.closed !== null);
    expect(flood.closed).toMatchObject({ code: 1008 });
    await waitFor('the silent one to be closed', () => silent.closed !== null, 20_000);
    expect(silent.closed).toMatchObject({ code: 4408 });
  });
});
