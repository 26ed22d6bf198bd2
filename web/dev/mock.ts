import { readFileSync, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema, execute, parse, subscribe } from 'graphql';
import * as data from './fixtures.ts';

/*
 * The built pages with made-up data, for looking at them: `npx vite build web && npx tsx web/dev/mock.ts 5180 dana`.
 * The second argument is who is signed in; `nobody`, `empty`, `slow` and `broken` show the other states of the pages.
 */
const here = path.dirname(fileURLToPath(import.meta.url));
const schema = buildSchema(readFileSync(path.join(here, '../../api/src/graphql/schema.graphql'), 'utf8'));
const [port = '0', mode = 'dana'] = process.argv.slice(2);
type Bag = Record<string, unknown>;
const empty = mode === 'empty';
const me = data.users.find((u) => u['id'] === mode) ?? data.users[empty ? 0 : 1]!;
const PERMISSIONS: Record<string, string[]> = {
  technician: ['session.see', 'endpoint.enroll', 'transcript.search', 'message.write'],
  senior: ['session.see', 'session.assign', 'endpoint.enroll', 'transcript.search'],
  dispatcher: ['session.see', 'session.assign', 'session.escalate', 'transcript.search'],
  manager: ['session.see', 'transcript.search', 'audit.read', 'session.assign'],
  admin: ['session.see', 'transcript.search', 'endpoint.enroll', 'endpoint.retire', 'settings.write', 'audit.read'],
};
const viewer = () =>
  mode === 'nobody'
    ? null
    : {
        __typename: 'Viewer',
        user: { onShift: true, ...me },
        msp: { id: 'm', name: 'Northgate Managed IT', slug: 'northgate', timeZone: 'America/Chicago' },
        permissions: PERMISSIONS[String(me['role'])],
        mailsNotifications: true,
        unreadNotifications: data.notifications.filter((n) => !n['readAt']).length,
      };

const listeners = new Set<(event: Bag) => void>();
const tell = (event: Bag) => listeners.forEach((l) => l(event));
async function* stream(pick: (event: Bag) => unknown): AsyncGenerator<unknown> {
  const queue: Bag[] = [];
  let wake = () => {};
  const listen = (event: Bag) => (queue.push(event), wake());
  listeners.add(listen);
  try {
    for (;;) {
      while (queue.length === 0) await new Promise<void>((r) => (wake = r));
      const picked = pick(queue.shift()!);
      if (picked) yield picked;
    }
  } finally {
    listeners.delete(listen);
  }
}
const connection = (nodes: Bag[], first = 50) => ({
  totalCount: nodes.length,
  pageInfo: { hasNextPage: nodes.length > first, hasPreviousPage: false, endCursor: 'x' },
  edges: nodes.slice(0, first).map((node, n) => ({ node, cursor: String(n) })),
});
for (const s of data.sessions)
  s['entries'] = ({ first, after }: { first: number; after?: string }) => {
    const all = data.entries[String(s['id'])] ?? [];
    const at = after ? Number(after) : 0;
    return {
      pageInfo: { hasNextPage: at + first < all.length, hasPreviousPage: false, endCursor: String(at + first) },
      edges: all.slice(at, at + first).map((node) => ({ node, cursor: '' })),
    };
  };
for (const e of data.endpoints) e['sessions'] = () => connection(data.sessions.filter((s) => s['endpoint'] === e));
const byId = (id: unknown) => data.sessions.find((s) => s['id'] === id)!;
const input =
  <T>(f: (i: Bag) => T) =>
  ({ input: i }: { input: Bag }) =>
    f(i);
const changed = (s: Bag) => (
  tell({ boardEvents: { kind: 'session', sessionId: s['id'], endpointId: null, at: new Date().toISOString() } }),
  s
);

function run(command: Bag, s: Bag): void {
  let seq = 0;
  let offset = 0;
  const out = data.outputs[String(command['id'])]!;
  const timer = setInterval(() => {
    const line = Buffer.from(`${++seq} \u001b[32mreply\u001b[0m from 10.20.4.${seq}\n`);
    tell({
      commandOutput: {
        seq,
        stream: 'stdout',
        offset,
        bytes: line.toString('base64'),
        at: new Date().toISOString(),
        stdoutBytes: offset + line.length,
        stderrBytes: 0,
      },
      of: command['id'],
    });
    out.stdout = Buffer.concat([out.stdout, line]);
    offset += line.length;
    if (seq < 8) return;
    clearInterval(timer);
    Object.assign(command, {
      state: 'completed',
      exitCode: 0,
      finishedAt: new Date().toISOString(),
      stdout: { bytes: offset, sha256: 'c'.repeat(64) },
    });
    tell({ sessionEvents: { entry: null, session: s, command }, of: s['id'] });
  }, 400);
}

const root = {
  viewer,
  board: ({ filter }: { filter?: { search?: string; online?: boolean; groupId?: string } }) => {
    const rows = (empty ? [] : data.endpoints)
      .map((endpoint) => ({ endpoint, session: data.sessions.find((s) => s['endpoint'] === endpoint) ?? null }))
      .filter(
        (r) =>
          (!filter?.search ||
            JSON.stringify([r.endpoint['name'], r.session?.['title'], r.session?.['number']])
              .toLowerCase()
              .includes(filter.search.toLowerCase())) &&
          (filter?.online === undefined || r.endpoint['online'] === filter.online),
      );
    return {
      groups: data.clients
        .filter((c) => !filter?.groupId || (c['group'] as Bag)['id'] === filter.groupId)
        .map((client) => {
          const mine = rows.filter((r) => r.endpoint['client'] === client);
          return {
            client,
            rows: mine,
            online: mine.filter((r) => r.endpoint['online']).length,
            offline: mine.filter((r) => !r.endpoint['online']).length,
            pending: mine.filter((r) => r.session?.['status'] === 'pending_approval').length,
          };
        })
        .filter((g) => g.rows.length > 0),
      online: rows.filter((r) => r.endpoint['online']).length,
      offline: rows.filter((r) => !r.endpoint['online']).length,
      pending: empty ? 0 : 4,
      overLimit: empty ? 0 : 1,
      nearLimit: empty ? 0 : 3,
      waiting: empty ? [] : data.waiting,
      completed: () => connection(empty ? [] : data.sessions.filter((s) => s['status'] === 'completed')),
      at: new Date().toISOString(),
    };
  },
  queue: () =>
    empty
      ? []
      : data.sessions
          .filter((s) => (s['assignee'] as Bag | null)?.['id'] === 'jun')
          .sort((a) => (a['priority'] === 'urgent' ? -1 : 1)),
  endpoints: ({ search, first }: { search?: string; first?: number }) =>
    connection(
      empty
        ? []
        : data.endpoints.filter((e) => !search || String(e['name']).toLowerCase().includes(search.toLowerCase())),
      first,
    ),
  endpoint: ({ id }: { id: string }) => data.endpoints.find((e) => e['id'] === id) ?? null,
  session: ({ id }: { id: string }) => byId(id) ?? null,
  sessionByNumber: ({ number }: { number: number }) => data.sessions.find((s) => s['number'] === number) ?? null,
  sessions: ({ first }: { first: number }) => connection(empty ? [] : data.sessions, first),
  assessCommand: ({ script }: { script: string }) =>
    /^(restart|rm|set|remove|systemctl)/i.test(script)
      ? {
          risk: 'change',
          why: 'Restarts a service; the VPN drops for a moment.',
          verdict: 'ask',
          words: 'asked first',
          rule: 'P-2',
          policyVersion: 12,
          policyLevel: 'client_group',
          asks: null,
        }
      : {
          risk: 'read_only',
          why: 'Only reads.',
          verdict: 'run',
          words: 'Covered by the consent to the session.',
          rule: 'P-1',
          policyVersion: 12,
          policyLevel: 'client_group',
          asks: null,
        },
  searchTranscripts: ({ query }: { query: string }) => ({
    total: query === 'nothing' ? 0 : 3,
    backend: 'Postgres full text',
    catchingUp: true,
    nextCursor: null,
    hits:
      query === 'nothing'
        ? []
        : [
            {
              kind: 'output',
              session: data.sessionOf(2046),
              entrySeq: 7,
              command: (data.sessionOf(2046)['commands'] as Bag[])[0],
              stream: 'stdout',
              offset: 0,
              excerpt: 'CertContext[0][0]: dwInfoStatus=10c \u{e000}dwErrorStatus\u{e001}=40010000',
              at: data.ago(30),
            },
            {
              kind: 'output',
              session: data.sessionOf(2046),
              entrySeq: 30,
              command: (data.sessionOf(2046)['commands'] as Bag[])[2],
              stream: 'stdout',
              offset: 655360,
              excerpt: 'line 59998\n\u{e000}line 59999\u{e001}\nline 60000',
              at: data.ago(20),
            },
            {
              kind: 'message',
              session: data.sessionOf(2046),
              entrySeq: 16,
              command: null,
              stream: null,
              offset: null,
              excerpt: 'It is not \u{e000}revocation\u{e001}. The leaf is fine',
              at: data.ago(26),
            },
          ],
  }),
  clients: () => (empty ? [] : data.clients),
  clientGroups: () => (empty ? [] : data.groups),
  policy: () => (empty ? { ...data.policy, version: 0, versions: [], document: {} } : data.policy),
  effectivePolicy: () => data.holds,
  previewPolicy: () => ({
    changes: ['Commands that change something: ask first → are refused'],
    judged: 214,
    more: false,
    asked: 0,
    refused: 31,
    eased: 2,
    commands: data.sessions
      .flatMap((s) => (s['commands'] as Bag[]).map((command) => ({ command, sessionNumber: s['number'] })))
      .slice(0, 6)
      .map((c) => ({ ...c, risk: 'change', before: 'ask', after: 'refuse', rule: 'P-2', words: 'Refused here.' })),
  }),
  setPolicy: input(() => ({ __typename: 'Policy', ...data.policy })),
  users: () => data.users,
  assignable: () => data.users.filter((u) => ['technician', 'senior'].includes(String(u['role']))),
  psaConnections: () =>
    empty
      ? []
      : [
          {
            id: 'p1',
            name: 'Alga PSA',
            scheme: 'standard-webhooks',
            webhookUrl: 'https://desk.northgate.example/webhooks/psa/alga',
            noteUrl: 'https://psa.example/notes',
            active: true,
            lastDeliveryAt: data.ago(12),
            lastError: null,
          },
        ],
  triage: () =>
    empty
      ? []
      : [
          {
            id: 't1',
            externalId: 'T-8841',
            summary: 'Computer at the counter is slow',
            clientName: 'Harbor Dental',
            deviceName: 'front desk',
            requester: 'Olivia Hart',
            why: 'No endpoint of that client is called “front desk”.',
            receivedAt: data.ago(9),
            connectionName: 'Alga PSA',
          },
        ],
  notifications: () => data.notifications,
  auditEvents: () => ({
    pageInfo: { hasNextPage: false, hasPreviousPage: false, endCursor: null },
    edges: empty
      ? []
      : ['sign_in', 'endpoint.enroll', 'client.create', 'session.assign'].map((action, n) => ({
          cursor: '',
          node: {
            id: `a${n}`,
            at: data.ago(n * 7),
            actor: 'Ada Okafor',
            action,
            target: 'HARB-WS-07',
            details: { address: '10.0.0.4' },
          },
        })),
  }),
  health: () => ({
    ok: true,
    searchBackend: 'Postgres full text',
    searchLag: 12,
    version: '0.1.0',
    parts: [
      { name: 'Postgres', ok: true, detail: '18.0, 3 ms' },
      { name: 'Temporal', ok: true, detail: 'pollers on both task queues' },
      { name: 'search', ok: true, detail: 'Meilisearch is not there; Postgres full text is used' },
    ],
  }),
  nudgeApproval: input((i) => {
    const a = data.waiting.find((w) => w['id'] === i['approvalId'])!;
    if (a['nudgeAllowedAt'] && Date.parse(String(a['nudgeAllowedAt'])) > Date.now())
      return {
        __typename: 'UserError',
        code: 'RATE_LIMITED',
        message: 'One nudge in 30 seconds. Call instead, or wait.',
      };
    Object.assign(a, { nudges: Number(a['nudges']) + 1, nudgeAllowedAt: new Date(Date.now() + 30_000).toISOString() });
    changed(a['session'] as Bag);
    return a;
  }),
  withdrawApproval: input(() => ({
    __typename: 'UserError',
    code: 'ALREADY_DECIDED',
    message: 'This request was already answered.',
  })),
  assignSession: input((i) =>
    changed(Object.assign(byId(i['sessionId']), { assignee: data.users.find((u) => u['id'] === i['userId']) })),
  ),
  reassignSession: input((i) =>
    changed(Object.assign(byId(i['sessionId']), { assignee: data.users.find((u) => u['id'] === i['userId']) })),
  ),
  setPriority: input((i) => changed(Object.assign(byId(i['sessionId']), { priority: i['priority'] }))),
  escalateSession: input((i) => changed(Object.assign(byId(i['sessionId']), { escalated: true }))),
  completeSession: input(() => ({
    __typename: 'UserError',
    code: 'INVALID_STATE',
    message: 'A command is still waiting for an answer. Withdraw it first.',
  })),
  startSession: input((i) => changed(Object.assign(byId(i['sessionId'] ?? 'S2051'), { status: 'pending_approval' }))),
  addMessage: input((i) => {
    const s = byId(i['sessionId']);
    const entry = data.append(
      s,
      'message',
      { kind: 'user', name: me['name'], email: me['email'], role: me['role'] },
      { text: i['text'], onEntry: null },
    );
    tell({ sessionEvents: { entry, session: s, command: null }, of: s['id'] });
    return entry;
  }),
  proposeCommand: input((i) => {
    const s = byId(i['sessionId']);
    const c = data.command(
      s,
      String(i['script']),
      {
        state: 'running',
        shell: i['shell'],
        exitCode: null,
        finishedAt: null,
        endpointFinishedAt: null,
        startedAt: new Date().toISOString(),
      },
      '',
      '',
      [],
    );
    const entry = data.entries[String(s['id'])]!.at(-1)!;
    tell({ sessionEvents: { entry, session: s, command: c }, of: s['id'] });
    run(c, s);
    return c;
  }),
  cancelCommand: input(() => ({ __typename: 'UserError', code: 'INVALID_STATE', message: 'It has ended already.' })),
  createEnrollmentToken: input(() => ({
    __typename: 'EnrollmentToken',
    token: 't',
    command: 'npm run agent -- enroll --server https://desk.northgate.example --token enr_8f2k1q',
    executableCommand:
      'sudo ./throughline-runtime enroll --server https://desk.northgate.example --token enr_8f2k1q --no-run && sudo ./throughline-runtime install',
    expiresAt: data.ago(-60),
    client: data.clients[0],
  })),
  createUser: input((i) => ({
    __typename: 'CreatedUser',
    setupUrl: 'https://desk.northgate.example/setup/9fK2',
    user: { ...me, name: i['name'] },
  })),
  markNotificationsRead: ({ ids }: { ids: string[] }) => {
    for (const n of data.notifications) if (ids.includes(String(n['id']))) n['readAt'] = new Date().toISOString();
    return viewer();
  },
  sessionEvents: ({ sessionId }: { sessionId: string }) =>
    stream((e) => e['sessionEvents'] && e['of'] === sessionId && { sessionEvents: e['sessionEvents'] }),
  commandOutput: ({ commandId }: { commandId: string }) =>
    stream((e) => e['commandOutput'] && e['of'] === commandId && { commandOutput: e['commandOutput'] }),
  boardEvents: () => stream((e) => e['boardEvents'] && { boardEvents: e['boardEvents'] }),
  notificationAdded: () => stream((e) => e['notificationAdded'] && { notificationAdded: e['notificationAdded'] }),
};

async function graphql(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const { query, variables } = JSON.parse(text) as { query: string; variables: Bag };
  const args = { schema, document: parse(query), rootValue: root, variableValues: variables };
  if (!request.headers.accept?.startsWith('text/event-stream')) {
    if (mode === 'slow') return;
    if (mode === 'broken' && !query.includes('query Viewer'))
      return void response.end(
        JSON.stringify({
          errors: [{ message: 'The database did not answer in 5 s.', extensions: { code: 'UNAVAILABLE' } }],
        }),
      );
    response.setHeader('content-type', 'application/json');
    return void response.end(JSON.stringify(await execute(args)));
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(':\n\n');
  const ping = setInterval(() => response.write(':\n\n'), 12_000);
  const result = await subscribe(args);
  if (!(Symbol.asyncIterator in result))
    return void response.end(`event: next\ndata: ${JSON.stringify(result)}\n\nevent: complete\ndata:\n\n`);
  request.on('close', () => (clearInterval(ping), void result.return(undefined)));
  for await (const item of result) response.write(`event: next\ndata: ${JSON.stringify(item)}\n\n`);
}

const types: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.html': 'text/html',
};
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://x');
  response.setHeader(
    'content-security-policy',
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
  );
  const output = /^\/api\/commands\/([^/]+)\/output\/(stdout|stderr)$/.exec(url.pathname);
  if (url.pathname === '/graphql')
    return void graphql(request, response).catch((error: unknown) => (console.error(error), response.destroy()));
  if (output) {
    const bytes = data.outputs[decodeURIComponent(output[1]!)]?.[output[2] as 'stdout'] ?? Buffer.alloc(0);
    const [, from = '0', to = String(bytes.length - 1)] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
    const part = bytes.subarray(Number(from), Number(to) + 1);
    response.writeHead(request.headers.range ? (part.length > 0 ? 206 : 416) : 200, {
      'content-type': 'application/octet-stream',
      'x-total-bytes': bytes.length,
    });
    return void response.end(part);
  }
  if (url.pathname.startsWith('/auth/setup/'))
    return void response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ kind: 'first_admin' }));
  if (url.pathname.startsWith('/auth/'))
    return void response
      .writeHead(401, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: { code: 'UNAUTHENTICATED', message: 'E-mail and password do not fit together.' } }));
  const file = path.join(here, '../dist', url.pathname);
  const found = path.extname(file) && existsSync(file) ? file : path.join(here, '../dist/index.html');
  response.setHeader('content-type', types[path.extname(found)] ?? 'application/octet-stream');
  response.end(readFileSync(found));
});
server.listen(Number(port), '127.0.0.1', () => console.log(JSON.stringify(server.address())));
