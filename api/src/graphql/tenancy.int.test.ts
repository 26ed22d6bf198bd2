import { randomUUID } from 'node:crypto';
import { waitFor } from '@throughline/infra/testing/wait-for';
import {
  type GraphQLInputField,
  getNamedType,
  isInputObjectType,
  isListType,
  getNullableType,
  isRequiredInputField,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import { playing } from '../testing/scripted-runtime.ts';
import { schema } from './schema.ts';

/** What a person must never see or touch, and what a made-up id of the same type would be. */
type Type =
  | 'Client'
  | 'ClientGroup'
  | 'Endpoint'
  | 'Session'
  | 'Command'
  | 'ApprovalRequest'
  | 'User'
  | 'TriageItem'
  | 'Notification'
  | 'FileUpload'
  | 'Approver'
  | 'SignIn'
  | 'ApiToken'
  | 'OutboundWebhook'
  | 'OutboundMessage'
  | 'Entry'
  | 'Snapshot'
  | 'Flag'
  | 'Incident';
type Ids = Record<Type, string>;

/** Every id field of the schema by name. One that is not here makes the first test fail. */
const TYPE_OF: Record<string, Type> = {
  sessionId: 'Session',
  endpointId: 'Endpoint',
  replaceEndpointId: 'Endpoint',
  clientId: 'Client',
  clientIds: 'Client',
  commandId: 'Command',
  retryOf: 'Command',
  approvalId: 'ApprovalRequest',
  userId: 'User',
  groupId: 'ClientGroup',
  groupIds: 'ClientGroup',
  triageId: 'TriageItem',
  uploadId: 'FileUpload',
  approverId: 'Approver',
  signInId: 'SignIn',
  apiTokenId: 'ApiToken',
  webhookId: 'OutboundWebhook',
  messageId: 'OutboundMessage',
  incidentId: 'Incident',
  snapshotId: 'Snapshot',
  flagId: 'Flag',
  sessionIds: 'Session',
  userIds: 'User',
};
const SECRET = 'zwetschgenkompott';
/** Refused to both of ours whatever the id: these take sight of all clients. */
const NEEDS_ALL_CLIENTS = [
  'createClient',
  'resetSecondFactor',
  'untieSingleSignOn',
  'setSingleSignOnOnly',
  'deactivateUser',
  'reactivateUser',
  'setUserAccess',
  'setRight',
  'createOutboundWebhook',
  'changeOutboundWebhook',
  'sendOutboundMessageAgain',
];

let bench: ApiBench;
/** Limited to Harbor Dental: a senior and an admin, who together may do everything. */
let lena: Desk;
let ole: Desk;
let mine: Ids;
let hidden: Ids;
let foreign: Ids;

beforeAll(async () => {
  bench = await openApiBench();
  const { northgate, rivermark } = bench;
  lena = bench.desk(northgate.people.lena);
  ole = bench.desk(northgate.people.ole);
  mine = await seed(
    northgate.mspId,
    northgate.clients.harbor,
    bench.desk(northgate.people.sam),
    'HARB-WS-07',
    northgate.people.lena.id,
    'open book',
  );
  hidden = await seed(
    northgate.mspId,
    northgate.clients.cedar,
    bench.desk(northgate.people.sam),
    'CEDR-WS-01',
    northgate.people.sam.id,
    SECRET,
  );
  foreign = await seed(
    rivermark.mspId,
    rivermark.clients.harbor,
    bench.desk(rivermark.people.ria),
    'RIVR-WS-01',
    rivermark.people.ria.id,
    SECRET,
  );
  await bench.indexSearch();
}, 120_000);
afterAll(() => bench?.close());

/** A session with output, a waiting request, a message, a ticket in triage and a notification. Ids as GraphQL shows them. */
async function seed(
  mspId: string,
  client: { id: string; groupId: string },
  by: Desk,
  host: string,
  userId: string,
  word: string,
): Promise<Ids> {
  const runtime = await bench.enrol(client.id, host, mspId);
  await runtime.connect();
  const sessionId = await bench.active(by, runtime, `${host} ${word}`);
  const commandId = await bench.command(by, sessionId, `cat ${host}.txt`);
  await runtime.plays(commandId, playing(commandId, [`${word} on ${host}\n`]));
  const entry = await by.must('addMessage', { sessionId: gid('Session', sessionId), text: `${word} said` });
  await by.must('proposeCommand', {
    sessionId: gid('Session', sessionId),
    shell: 'bash',
    script: 'systemctl restart vpn',
    reason: word,
  });
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.kind === 'action');
  const snapshot = await by.must('createSnapshot', { sessionId: gid('Session', sessionId) });
  const flagId = randomUUID();
  await bench.rows(
    `insert into flag (msp_id, id, session_id, client_id, entry_seq, note, flagged_by, flagged_at) values ($1, $2, $3, $4, 1, $5, $6, now())`,
    [mspId, flagId, sessionId, client.id, word, userId],
  );
  const [connectionId, triageId, notificationId, uploadId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await bench.rows(
    `insert into psa_connection (msp_id, id, slug, name, scheme, secret_sealed) values ($1, $2, $3, $3, 'hmac-sha256', '')`,
    [mspId, connectionId, `psa-${host.toLowerCase()}`],
  );
  await bench.rows(
    `insert into triage_item (msp_id, id, connection_id, ticket_id, ticket, why) values ($1, $2, $3, '17', $4, 'no such device')`,
    [mspId, triageId, connectionId, { summary: word }],
  );
  await bench.rows(
    `insert into notification (msp_id, id, user_id, key, kind, text, link, at) values ($1, $2, $3, $4, 'sla', $5, '/s/1', now())`,
    [mspId, notificationId, userId, host, word],
  );
  await bench.rows('insert into file_upload (msp_id, id, session_id, user_id, bytes) values ($1, $2, $3, $4, 10)', [
    mspId,
    uploadId,
    sessionId,
    userId,
  ]);
  const approverId = randomUUID();
  await bench.rows(
    'insert into approver (msp_id, id, client_id, name, created_by) select $1, $2, $3, $4, id from app_user where msp_id = $1 limit 1',
    [mspId, approverId, client.id, word],
  );
  const incidentId = randomUUID();
  await bench.rows('insert into incident (msp_id, id, title, opened_by) values ($1, $2, $3, $4)', [
    mspId,
    incidentId,
    word,
    userId,
  ]);
  await bench.rows('update session set incident_id = $2 where id = $1', [sessionId, incidentId]);
  const [signInId, apiTokenId] = [randomUUID(), randomUUID()];
  await bench.rows(
    `insert into sign_in (msp_id, id, token_hash, user_id, expires_at) values ($1, $2, $3, $4, now() + interval '1 hour')`,
    [mspId, signInId, Buffer.from(signInId), userId],
  );
  await bench.rows(
    `insert into api_token (msp_id, id, user_id, token_hash, name, scopes, expires_at)
     values ($1, $2, $3, $4, $5, '{read}', now() + interval '1 hour')`,
    [mspId, apiTokenId, userId, Buffer.from(apiTokenId), word],
  );
  const webhookId = randomUUID();
  await bench.rows(
    `insert into outbound_webhook (msp_id, id, name, host, url_sealed, secret_sealed, format, kinds, created_by)
     values ($1, $2, $3, $3, '', '', 'standard', '{sla}', $4)`,
    [mspId, webhookId, word, userId],
  );
  const messageId = randomUUID();
  await bench.rows(
    `insert into outbound_message (msp_id, id, webhook_id, key, kind, title, link, state, client_id)
     values ($1, $2, $3, 'x', 'sla', $4, '/', 'delivered', $5)`,
    [mspId, messageId, webhookId, word, client.id],
  );
  return {
    Client: gid('Client', client.id),
    ClientGroup: gid('ClientGroup', client.groupId),
    Endpoint: gid('Endpoint', runtime.identity.endpointId),
    Session: gid('Session', sessionId),
    Command: gid('Command', commandId),
    ApprovalRequest: gid('ApprovalRequest', prompt.approvalId),
    User: gid('User', userId),
    TriageItem: gid('TriageItem', triageId),
    Notification: gid('Notification', notificationId),
    FileUpload: gid('FileUpload', uploadId),
    Approver: gid('Approver', approverId),
    SignIn: gid('SignIn', signInId),
    ApiToken: gid('ApiToken', apiTokenId),
    OutboundWebhook: gid('OutboundWebhook', webhookId),
    OutboundMessage: gid('OutboundMessage', messageId),
    Entry: entry.id as string,
    Snapshot: snapshot.id as string,
    Flag: gid('Flag', flagId),
    Incident: gid('Incident', incidentId),
  };
}

const nobody = (type: Type): string => gid(type, type === 'Entry' ? `${randomUUID()}.1` : randomUUID());
/** Colleagues and groups belong to the whole organisation: of these only the other organisation's are out of reach. */
const outOfReach = (type: Type): [string, string][] => [
  ['the other organisation', foreign[type]],
  ...(type === 'User' || type === 'ClientGroup' ? [] : [['a client out of reach', hidden[type]] as [string, string]]),
];

const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
const inputOf = (field: (typeof mutations)[number]) => {
  const type = getNamedType(field.args.find((arg) => arg.name === 'input')?.type);
  return type !== undefined && isInputObjectType(type) ? Object.values(type.getFields()) : [];
};
const isId = (field: { type: GraphQLInputField['type'] }) => getNamedType(field.type).name === 'ID';
const cells = mutations.flatMap((field) =>
  inputOf(field)
    .filter(isId)
    .map((id) => [field.name, id.name] as const),
);

/** A value that would do for a field that is not under test. */
function filler(field: GraphQLInputField): unknown {
  const type = TYPE_OF[field.name];
  if (isId(field) && type !== undefined) return mine[type];
  const known: Record<string, unknown> = {
    outcome: 'resolved',
    role: 'technician',
    shell: 'bash',
    path: '/etc/hostname',
    priority: 'urgent',
    verification: [1],
    email: `${randomUUID()}@x.example`,
    document: getNamedType(field.type).name === 'SlaDocumentInput' ? { warnPercent: 60 } : { change: 'refuse' },
    expectedVersion: 1,
    onShift: true,
    only: true,
    how: 'phone',
    reached: true,
    permission: 'command.run',
    asks: true,
    typing: true,
    held: true,
    marks: [],
    result: 'pass',
    verdict: 'CONFIRM',
    items: ['x'],
    kinds: ['sla'],
    format: 'standard',
    url: 'https://hooks.example/x',
  };
  return known[field.name] ?? 'uname -a';
}

describe('ids that lead out of reach', () => {
  it('F132 the schema has no id that this test does not know', () => {
    expect(cells.length).toBeGreaterThan(18);
    for (const [mutation, name] of cells)
      expect(`${mutation}.${name} ${TYPE_OF[name] ?? 'is not known to this test'}`).not.toMatch(/not known/);
    const byArgument = Object.values(schema.getQueryType()?.getFields() ?? {}).flatMap((field) =>
      field.args.filter(isId).map((arg) => `${field.name}.${arg.name}`),
    );
    expect(byArgument.sort()).toEqual([
      'approvers.clientId',
      'assessCommand.sessionId',
      'boardChanges.endpointIds',
      'boardChanges.sessionIds',
      'command.id',
      'effectivePolicy.endpointId',
      'endpoint.id',
      'endpoints.clientId',
      'incident.id',
      'node.id',
      'nodes.ids',
      'outboundMessages.webhookId',
      'policy.clientId',
      'policy.endpointId',
      'policy.groupId',
      'previewPolicy.clientId',
      'previewPolicy.endpointId',
      'previewPolicy.groupId',
      'previewSla.clientId',
      'previewSla.groupId',
      'rights.groupId',
      'session.id',
      'sessions.assigneeId',
      'sessions.clientId',
      'slaPolicy.clientId',
      'slaPolicy.groupId',
      'snapshot.id',
      'suggestAssignees.endpointIds',
      'suggestAssignees.sessionIds',
    ]);
  });

  it.each(cells)('F132 %s with a %s out of reach answers as for one that does not exist', async (mutation, name) => {
    const field = mutations.find((each) => each.name === mutation)!;
    const type = TYPE_OF[name]!;
    const call = (desk: Desk, id: string) => {
      const input: Record<string, unknown> = {};
      for (const each of inputOf(field)) if (isRequiredInputField(each)) input[each.name] = filler(each);
      // An ad-hoc start names an endpoint; every other optional id stands beside what is required.
      const target = inputOf(field).find((each) => each.name === name)!;
      input[name] = isListType(getNullableType(target.type)) ? [id] : id;
      return desk.act(mutation, input, '__typename');
    };
    for (const desk of [lena, ole]) {
      const expected = await call(desk, nobody(type));
      for (const [whose, id] of outOfReach(type))
        expect({ whose, answer: await call(desk, id) }).toEqual({ whose, answer: expected });
      expect(expected.__typename).toMatch(/UserError|Error/);
      expect(['NOT_FOUND', 'FORBIDDEN']).toContain(expected.code);
    }
    const codes = [(await call(lena, nobody(type))).code, (await call(ole, nobody(type))).code];
    // At least one of the two may do it at all, so that NOT_FOUND is really what hides it.
    const takesAllClients = NEEDS_ALL_CLIENTS.includes(mutation) || name === 'webhookId';
    if (!takesAllClients) expect(codes).toContain('NOT_FOUND');
  });

  it('F132 a mutation with an id within reach does not answer NOT_FOUND: the answers above are about reach', async () => {
    expect(await lena.act('addMessage', { sessionId: mine.Session, text: 'hello' })).toMatchObject({
      __typename: 'Entry',
    });
    expect(await lena.act('setPriority', { sessionId: mine.Session, priority: 'urgent' })).toMatchObject({
      __typename: 'Session',
    });
    expect(await ole.act('createEnrollmentToken', { clientId: mine.Client }, '__typename')).toMatchObject({
      __typename: 'EnrollmentToken',
    });
  });

  it.each([
    'Client',
    'Endpoint',
    'Session',
    'Command',
    'ApprovalRequest',
    'Entry',
    'Snapshot',
    'Flag',
    'TriageItem',
    'Notification',
    'User',
    'ClientGroup',
    'Incident',
  ] as const)('F132 node and nodes find no %s out of reach', async (type) => {
    for (const desk of [lena, ole]) {
      const ask = async (id: string) =>
        JSON.stringify(
          await desk.raw('query($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { id } }', { id }),
        )
          .replaceAll(id, 'ID')
          .replaceAll(Buffer.from(id, 'base64').toString(), 'ID');
      const expected = await ask(nobody(type));
      expect(expected).toMatch(/"node":null|NOT_FOUND|not found/i);
      for (const [, id] of outOfReach(type)) expect(await ask(id)).toBe(expected);
    }
    if (type === 'Session')
      expect(await lena.gql('query($id: ID!) { node(id: $id) { __typename } }', { id: mine.Session })).toEqual({
        node: { __typename: 'Session' },
      });
  });

  it.each([
    ['session', 'Session', 'session(id: $id) { title }'],
    ['command', 'Command', 'command(id: $id) { script }'],
    ['incident', 'Incident', 'incident(id: $id) { title }'],
    ['snapshot', 'Snapshot', 'snapshot(id: $id) { state review { document } }'],
    ['endpoint', 'Endpoint', 'endpoint(id: $id) { name }'],
    ['assessCommand', 'Session', 'assessCommand(sessionId: $id, shell: bash, script: "ls") { risk }'],
    ['effectivePolicy', 'Endpoint', 'effectivePolicy(endpointId: $id) { says level version }'],
    ['endpoints', 'Client', 'endpoints(clientId: $id) { totalCount edges { node { name } } }'],
    ['sessions', 'Client', 'sessions(clientId: $id) { totalCount edges { node { title } } }'],
    [
      'searchTranscripts by client',
      'Client',
      `searchTranscripts(query: "${SECRET}", filter: { clientId: $id }) { total hits { excerpt } }`,
    ],
    [
      'searchTranscripts by endpoint',
      'Endpoint',
      `searchTranscripts(query: "${SECRET}", filter: { endpointId: $id }) { total hits { excerpt } }`,
    ],
    [
      'searchTranscripts by technician',
      'User',
      `searchTranscripts(query: "${SECRET}", filter: { technicianId: $id }) { total hits { excerpt } }`,
    ],
    ['suggestAssignees by session', 'Session', 'suggestAssignees(sessionIds: [$id]) { user { name } reason }'],
    ['suggestAssignees by endpoint', 'Endpoint', 'suggestAssignees(endpointIds: [$id]) { user { name } reason }'],
    ['outboundMessages', 'OutboundWebhook', 'outboundMessages(webhookId: $id) { title }'],
    ['board by group', 'ClientGroup', 'board(filter: { groupId: $id }) { groups { client { name } } }'],
    [
      'boardChanges of a session',
      'Session',
      'boardChanges(sessionIds: [$id], endpointIds: []) { endpointIds online offline overLimit nearLimit completedCount parts { client { name } rows { endpoint { name } session { title } } } waiting { title } }',
    ],
    [
      'boardChanges of an endpoint',
      'Endpoint',
      'boardChanges(sessionIds: [], endpointIds: [$id]) { endpointIds parts { client { name } rows { endpoint { name } session { title } } } waiting { title } }',
    ],
    [
      'boardChanges by group',
      'ClientGroup',
      'boardChanges(filter: { groupId: $id }, sessionIds: [], endpointIds: []) { parts { client { name } } }',
    ],
    ['board by assignee', 'User', 'board(filter: { assigneeId: $id }) { groups { client { name } } }'],
  ] as const)('F132 the query %s answers the same for out of reach and for nothing', async (_name, type, field) => {
    const ask = async (id: string) =>
      JSON.stringify(await lena.raw(`query($id: ID!) { ${field} }`, { id })).replaceAll(id, 'ID');
    const expected = await ask(nobody(type));
    for (const [, id] of outOfReach(type)) expect(await ask(id)).toBe(expected);
    expect(expected).not.toContain(SECRET);
  });

  it.each([
    ['policy of a group', 'ClientGroup', 'policy(groupId: $id) { name versions { note } }'],
    ['policy of a client', 'Client', 'policy(clientId: $id) { name versions { note } }'],
    ['policy of an endpoint', 'Endpoint', 'policy(endpointId: $id) { name versions { note } }'],
    ['preview for a group', 'ClientGroup', 'previewPolicy(groupId: $id, document: {}) { judged }'],
    ['preview for a client', 'Client', 'previewPolicy(clientId: $id, document: {}) { judged }'],
    ['preview for an endpoint', 'Endpoint', 'previewPolicy(endpointId: $id, document: {}) { judged }'],
  ] as const)('F132 an admin gets the %s out of reach like none', async (_name, type, field) => {
    const ask = async (id: string) =>
      JSON.stringify(await ole.raw(`query($id: ID!) { ${field} }`, { id })).replaceAll(id, 'ID');
    const expected = await ask(nobody(type));
    expect(expected).toContain('NOT_FOUND');
    for (const [, id] of outOfReach(type)) expect(await ask(id)).toBe(expected);
    expect(await ask(mine[type])).not.toContain('NOT_FOUND');
  });

  it('F132 an admin who sees some clients only judges their commands alone, and sets no policy that counts for others', async () => {
    const judged = async (desk: Desk) =>
      (
        await desk.gql<{ previewPolicy: { judged: number } }>(
          '{ previewPolicy(document: { readOnly: ask }) { judged } }',
        )
      ).previewPolicy.judged;
    expect(await judged(ole)).toBeGreaterThan(0);
    expect(await judged(bench.desk(bench.northgate.people.ada))).toBe(2 * (await judged(ole)));
    const input = { document: { destructive: 'refuse' }, expectedVersion: 0 };
    for (const whose of [{}, { groupId: mine.ClientGroup }])
      expect(await ole.act('setPolicy', { ...input, ...whose }, '__typename')).toMatchObject({ code: 'FORBIDDEN' });
    expect(await ole.act('setPolicy', { ...input, clientId: mine.Client }, '__typename')).toEqual({
      __typename: 'Policy',
    });
  });

  it("F132 reading another person's notifications away does nothing", async () => {
    await lena.raw('mutation($ids: [ID!]!) { markNotificationsRead(ids: $ids) { __typename } }', {
      ids: [hidden.Notification, foreign.Notification],
    });
    expect(await bench.rows('select 1 from notification where read_at is not null')).toEqual([]);
  });

  it('F132 subscriptions to what is out of reach end with NOT_FOUND, in the same words', async () => {
    for (const [type, query] of [
      ['Session', 'subscription($id: ID!) { sessionEvents(sessionId: $id, after: 0) { session { title } } }'],
      ['Command', 'subscription($id: ID!) { commandOutput(commandId: $id, after: 0) { bytes } }'],
    ] as const) {
      const ask = async (id: string) => {
        const followed = await lena.follow(query, { id });
        await waitFor('an error', () => followed.errors.length > 0);
        await followed.close();
        return {
          errors: followed.errors.map(({ message, extensions }) => [message, extensions?.code]),
          events: followed.events.filter((e) => Object.values(e as object).some((v) => v != null)),
        };
      };
      const expected = await ask(nobody(type));
      expect(expected.errors[0]?.[1]).toBe('NOT_FOUND');
      expect(expected.events).toEqual([]);
      for (const [, id] of outOfReach(type)) expect(await ask(id)).toEqual(expected);
    }
  });

  it('F132 output and export over plain HTTP answer 404 in the same words', async () => {
    for (const [type, path] of [
      ['Command', (id: string) => `/api/commands/${encodeURIComponent(id)}/output/stdout`],
      ['Command', (id: string) => `/api/commands/${encodeURIComponent(id)}/output/stdout?download`],
      ['Session', (id: string) => `/api/sessions/${encodeURIComponent(id)}/export`],
    ] as const) {
      const ask = async (id: string) => {
        const answer = await lena.get(path(id));
        return { status: answer.status, text: await answer.text() };
      };
      const expected = await ask(nobody(type));
      expect(expected.status).toBe(404);
      for (const [, id] of outOfReach(type)) expect(await ask(id)).toEqual(expected);
      expect((await ask(mine[type])).status).toBe(200);
    }
  });
});

describe('lists', () => {
  const EVERYTHING = `{
    clients { id name } clientGroups { name clients { id name } } users { name openSessions clients { name } } assignable { name openSessions } queue { id title }
    endpoints(first: 100) { totalCount edges { node { id name openSession { id } sessions(first: 10) { totalCount edges { node { title } } } } } }
    retired: endpoints(first: 100, retired: true) { totalCount edges { node { id } } }
    sessions(first: 100) { totalCount edges { node { id title client { name } commands { id script } approvals { id } participants { name } flags { id note } } } }
    notifications(first: 100) { text } triage { summary }
    board { online offline pending waiting { id reason } groups { client { id name } rows { endpoint { id name } session { id title } } } completed { totalCount edges { node { id } } } }
    searchTranscripts(query: "${SECRET}", first: 100) { total hits { excerpt } }
    hosts: searchTranscripts(query: "CEDR-WS-01", first: 100) { total hits { excerpt } }
  }`;
  const REVIEW_QUEUE =
    '{ reviewQueue(first: 100) { totalCount edges { node { id note session { title client { name } } } } } }';
  const forbidden = () => [
    SECRET,
    'Cedar Law',
    'CEDR',
    'Rivermark',
    'RIVR',
    'Ria Moss',
    'Rex Moor',
    ...Object.values({ ...hidden, User: hidden.Session, Notification: hidden.Session }),
    ...Object.values(foreign),
  ];

  it('F132 a person limited to Harbor Dental sees nothing of Cedar Law or of Rivermark in any list, count or search', async () => {
    for (const person of ['lena', 'ole', 'jun'] as const) {
      const seen = await bench.desk(bench.northgate.people[person]).gql<{
        sessions: { totalCount: number };
        endpoints: { totalCount: number };
        searchTranscripts: { total: number };
      }>(EVERYTHING);
      const flags = person === 'jun' ? {} : await bench.desk(bench.northgate.people[person]).gql<object>(REVIEW_QUEUE);
      const text = JSON.stringify([seen, flags]);
      if (person !== 'jun') expect(flags).toMatchObject({ reviewQueue: { totalCount: 1 } });
      for (const word of forbidden())
        expect(`${person} sees ${text.includes(word) ? word : 'nothing'}`).toBe(`${person} sees nothing`);
      expect(seen).toMatchObject({
        sessions: { totalCount: 1 },
        endpoints: { totalCount: 1 },
        searchTranscripts: { total: 0 },
      });
      expect(text).toContain('HARB-WS-07');
    }
  });

  it('F132 the other organisation sees its own and nothing of ours, though both have a Harbor Dental', async () => {
    const text = JSON.stringify(await bench.desk(bench.rivermark.people.ria).gql(EVERYTHING));
    for (const word of [
      'Cedar',
      'CEDR',
      'HARB',
      'Northgate',
      'Sam Whitfield',
      ...Object.values(mine),
      ...Object.values(hidden),
    ])
      expect(text.includes(word) ? word : 'nothing').toBe('nothing');
    expect(text).toContain(SECRET);
    const audit = JSON.stringify(
      await bench
        .desk(bench.rivermark.people.rex)
        .gql('{ auditEvents(first: 100) { edges { node { actor target details } } } psaConnections { name } }'),
    );
    expect(audit).not.toMatch(/northgate|CEDR|HARB|cedr|Cedar/);
    expect(audit).toContain('RIVR');
  });

  it('F132 board events name only what the reader may see', async () => {
    const followed = await lena.follow<{ boardEvents: { sessionId: string | null; endpointId: string | null } }>(
      'subscription { boardEvents { kind sessionId endpointId } }',
    );
    await waitFor('the first event', () => followed.events.length > 0);
    await bench.desk(bench.northgate.people.sam).must('setPriority', { sessionId: hidden.Session, priority: 'urgent' });
    await bench
      .desk(bench.rivermark.people.ria)
      .must('setPriority', { sessionId: foreign.Session, priority: 'urgent' });
    await lena.must('setPriority', { sessionId: mine.Session, priority: 'normal' });
    await waitFor('our own event', () => followed.events.some((event) => event.boardEvents.sessionId === mine.Session));
    await followed.close();
    const ids = followed.events
      .flatMap(({ boardEvents }) => [boardEvents.sessionId, boardEvents.endpointId])
      .filter((id) => id !== null);
    expect(new Set(ids)).toEqual(new Set([mine.Session, mine.Endpoint].filter((id) => ids.includes(id))));
  });
});
