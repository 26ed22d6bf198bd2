import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drainWebhookMessages } from '@throughline/activities/webhook-sender';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid, rawId } from '../testing/desk.ts';

let bench: ApiBench;
let ada: Desk;
let jun: Desk;
let receiver: Server;
let heard: { body: string; headers: Record<string, string> }[] = [];

beforeAll(async () => {
  bench = await openApiBench();
  [ada, jun] = [bench.desk(bench.northgate.people.ada), bench.desk(bench.northgate.people.jun)];
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      heard.push({ body, headers: request.headers as Record<string, string> });
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => (receiver === undefined ? resolve(null) : receiver.close(resolve)));
  await bench?.close();
});
beforeEach(async () => {
  heard = [];
  await bench.rows('update outbound_webhook set retired_at = now()');
});

const url = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in/geheimnis`;
const sendWebhooks = () =>
  drainWebhookMessages({
    pool: bench.deps.pool,
    seal: bench.deps.seal,
    publicUrl: 'https://desk.example',
    networks: bench.deps.webhookNetworks,
    log: bench.deps.log,
  });
const WHOLE = '... on CreatedOutboundWebhook { secret webhook { id host lastWords } }';
const make = async (over: object = {}) => {
  const input = { name: 'Chat', url: url(), format: 'standard', kinds: ['assigned', 'reassigned'], ...over };
  return (await ada.must('createOutboundWebhook', input, WHOLE)) as unknown as {
    secret: string;
    webhook: { id: string; host: string; lastWords: string };
  };
};

describe('what is mailed', () => {
  interface Choices {
    viewer: { mailsNotifications: boolean; notificationPreferences: { kind: string; email: boolean }[] };
  }
  const choices = async (desk: Desk) =>
    (await desk.gql<Choices>('{ viewer { mailsNotifications notificationPreferences { kind email } } }')).viewer;
  const mailed = ({ notificationPreferences: all }: Choices['viewer']) =>
    all.filter((each) => each.email).map((each) => each.kind);

  it('F137 each person chooses for each kind, for themselves alone', async () => {
    expect(mailed(await choices(jun))).toEqual(['assigned', 'reassigned', 'escalated', 'emergency_sign_in']);
    await jun.must('setNotificationPreference', { kind: 'sla', email: true }, '__typename');
    await jun.must('setNotificationPreference', { kind: 'assigned', email: false }, '__typename');
    await jun.must('setNotificationPreference', { kind: 'assigned', email: false }, '__typename');
    expect(mailed(await choices(jun))).toEqual(['reassigned', 'escalated', 'sla', 'emergency_sign_in']);
    expect(mailed(await choices(ada))).toEqual(['assigned', 'reassigned', 'escalated', 'emergency_sign_in']);
    expect((await choices(jun)).mailsNotifications).toBe(true);
  });
});

describe('outbound webhooks', () => {
  it('F137 an assignment reaches the other service once, signed with the secret that was shown once', async () => {
    const { secret, webhook } = await make();
    expect(webhook.host).toBe(new URL(url()).host);
    const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-21');
    await runtime.connect();
    const sessionId = await bench.started(jun, runtime, 'Scanner offline');
    const { sam, dana } = bench.northgate.people;
    await bench.desk(dana).must('reassignSession', {
      ...{ sessionId: gid('Session', sessionId), userId: gid('User', sam.id), reason: 'the code is 4711' },
    });
    await waitFor('the message', async () => {
      await sendWebhooks();
      return heard.some(({ body }) => body.includes('Sam Whitfield'));
    });
    await sendWebhooks();
    const ofSam = heard.filter(({ body }) => body.includes('Sam Whitfield'));
    expect(ofSam).toHaveLength(1);
    const [{ number }] = (await bench.rows<{ number: number }>('select number from session where id = $1', [
      sessionId,
    ])) as [{ number: number }];
    expect(new Webhook(secret).verify(ofSam[0]!.body, ofSam[0]!.headers)).toMatchObject({
      type: 'notification.reassigned',
      data: {
        title: `Session ${number} went to Sam Whitfield: Scanner offline`,
        url: `https://desk.example/s/${number}`,
      },
    });
    expect(JSON.stringify(heard)).not.toContain('4711');
    const { outboundWebhooks } = await ada.gql<{ outboundWebhooks: { lastOk: boolean; waiting: number }[] }>(
      '{ outboundWebhooks { lastOk lastWords waiting } }',
    );
    expect(outboundWebhooks).toEqual([{ lastOk: true, lastWords: 'Delivered, answered 200.', waiting: 0 }]);
  });

  it('F137 a test is sent on demand; a removed webhook hears nothing and cannot be tested', async () => {
    const { webhook } = await make({ format: 'slack' });
    await ada.must('testOutboundWebhook', { webhookId: webhook.id });
    await sendWebhooks();
    expect(heard).toHaveLength(1);
    expect(heard[0]!.body).toContain('This is a test from Throughline');
    await ada.must('retireOutboundWebhook', { webhookId: webhook.id });
    expect(await ada.act('testOutboundWebhook', { webhookId: webhook.id })).toMatchObject({ code: 'NOT_FOUND' });
    expect((await ada.gql<{ outboundWebhooks: unknown[] }>('{ outboundWebhooks { id } }')).outboundWebhooks).toEqual(
      [],
    );
  });

  it('F137 the whole address and the secret come back nowhere: not in an answer, the audit trail or the log', async () => {
    const { secret } = await make();
    const seen = JSON.stringify([
      await ada.gql(
        '{ outboundWebhooks { id name host format kinds lastWords } auditEvents(first: 50) { edges { node { target details } } } }',
      ),
      bench.logged,
    ]);
    expect(seen).not.toContain('geheimnis');
    expect(seen).not.toContain(secret.slice(6));
    expect(seen).toContain('"Chat"');
  });

  it('F137 F132 limited to one client it is sent nothing of another; its change stands in the audit trail, before and after', async () => {
    const { webhook } = await make({ clientIds: [gid('Client', bench.northgate.clients.harbor.id)] });
    const sam = bench.desk(bench.northgate.people.sam);
    const started: Record<string, string> = {};
    for (const [place, host] of [
      ['cedar', 'CEDR-WS-31'],
      ['harbor', 'HARB-WS-31'],
    ] as const) {
      const runtime = await bench.enrol(bench.northgate.clients[place].id, host);
      await runtime.connect();
      started[place] = await bench.started(sam, runtime, `Of ${place}`);
    }
    const give = (place: string, to: string) =>
      bench.desk(bench.northgate.people.dana).must('reassignSession', {
        ...{ sessionId: gid('Session', started[place]!), userId: gid('User', to), reason: 'x' },
      });
    const titles = async () => {
      await sendWebhooks();
      return heard.map(({ body }) => (JSON.parse(body) as { data: { title: string } }).data.title);
    };
    const lena = bench.northgate.people.lena.id;
    await give('cedar', bench.northgate.people.theo.id);
    await give('harbor', lena);
    // Theo is told in the same transaction that would have queued the message.
    const told = `select 1 from notification where text like '%Of cedar%' and user_id = $1`;
    await waitFor('Theo to be told', async () => (await bench.rows(told, [bench.northgate.people.theo.id])).length > 0);
    await waitFor('Harbor’s message', async () => (await titles()).some((title) => title.includes('Of harbor')));
    expect((await titles()).filter((title) => title.includes('Of cedar'))).toEqual([]);
    expect(await bench.rows(`select 1 from outbound_message where title like '%Of cedar%'`)).toEqual([]);

    const groupId = gid('ClientGroup', bench.northgate.clients.cedar.groupId);
    const shown = '... on OutboundWebhook { name allClients kinds groups { id } clients { id } }';
    expect(
      await ada.must(
        'changeOutboundWebhook',
        { webhookId: webhook.id, name: 'Law', groupIds: [groupId], clientIds: [] },
        shown,
      ),
    ).toMatchObject({
      ...{ name: 'Law', allClients: false, kinds: ['assigned', 'reassigned'], groups: [{ id: groupId }], clients: [] },
    });
    const { auditEvents } = await ada.gql<{
      auditEvents: { edges: { node: { action: string; target: string; details: unknown } }[] };
    }>('{ auditEvents(first: 1) { edges { node { action target details } } } }');
    expect(auditEvents.edges[0]!.node).toMatchObject({
      ...{ action: 'outbound_webhook.changed', target: 'Law' },
      details: expect.objectContaining({
        before: expect.objectContaining({ name: 'Chat', clients: ['Harbor Dental'] }),
        after: expect.objectContaining({ name: 'Law', clients: [expect.stringMatching(/^group /)] }),
      }) as unknown,
    });
  });

  it('F132 a webhook is limited to no client or group of another organisation, and to nothing by mistake', async () => {
    const { webhook } = await make();
    const foreign = bench.rivermark.clients.harbor;
    for (const field of ['changeOutboundWebhook', 'createOutboundWebhook'])
      for (const [limit, code] of [
        [{ clientIds: [gid('Client', foreign.id)] }, 'NOT_FOUND'],
        [{ groupIds: [gid('ClientGroup', foreign.groupId)] }, 'NOT_FOUND'],
        [{ clientIds: [gid('Client', 'no-uuid')] }, 'NOT_FOUND'],
        [{ clientIds: [], groupIds: [] }, 'INVALID_INPUT'],
      ] as const) {
        const whole = { name: 'Chat', url: url(), format: 'standard', kinds: ['sla'] };
        const input = field === 'createOutboundWebhook' ? whole : { webhookId: webhook.id, name: 'Other' };
        expect(await ada.act(field, { ...input, ...limit }, '__typename')).toMatchObject({ code });
      }
    const both = {
      webhookId: webhook.id,
      allClients: true,
      clientIds: [gid('Client', bench.northgate.clients.harbor.id)],
    };
    expect(await ada.act('changeOutboundWebhook', both)).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await ada.gql('{ outboundWebhooks { name allClients } }')).toEqual({
      outboundWebhooks: [{ name: 'Chat', allClients: true }],
    });
  });

  it('F137 its last messages are shown, one is sent again; paused, it is sent nothing until it goes on', async () => {
    const { webhook } = await make();
    await ada.must('testOutboundWebhook', { webhookId: webhook.id });
    await sendWebhooks();
    interface Sent {
      outboundMessages: { id: string; title: string; state: string; tries: number; fault: string | null }[];
    }
    const sent = async () =>
      (
        await ada.gql<Sent>('query($id: ID!) { outboundMessages(webhookId: $id) { id title state tries fault } }', {
          id: webhook.id,
        })
      ).outboundMessages;
    const [message] = await sent();
    expect(message).toMatchObject({ state: 'delivered', tries: 1, fault: null, title: expect.stringMatching(/test/) });
    const again = () =>
      ada.act('sendOutboundMessageAgain', { messageId: message!.id }, '... on OutboundMessage { state }');
    expect(await again()).toMatchObject({ state: 'queued' });
    expect(await again()).toMatchObject({ code: 'INVALID_STATE', message: expect.stringMatching(/on its way/) });
    await sendWebhooks();
    expect(heard).toHaveLength(2);
    const paused = '... on OutboundWebhook { disabledAt pausedBy { name } }';
    expect(await ada.must('pauseOutboundWebhook', { webhookId: webhook.id }, paused)).toMatchObject({
      ...{ disabledAt: expect.any(String), pausedBy: { name: ada.person!.name } },
    });
    expect(await ada.act('pauseOutboundWebhook', { webhookId: webhook.id })).toMatchObject({ code: 'INVALID_STATE' });
    expect(await again()).toMatchObject({ code: 'INVALID_STATE', message: expect.stringMatching(/switched off/) });
    await ada.must('enableOutboundWebhook', { webhookId: webhook.id });
    expect(await again()).toMatchObject({ state: 'queued' });
  });

  it.each([
    ['no name', { name: ' ' }, /name of 1 to 80/],
    ['an address without https', { url: 'http://hooks.example/x' }, /must start with https/],
    ['the cloud’s own address', { url: 'https://169.254.169.254/latest' }, /private network/],
    ['an address with a password', { url: 'https://a:b@hooks.example/' }, /name and password/],
    ['no kind', { kinds: [] }, /at least one kind/],
    ['a kind that is no event of a session', { kinds: ['webhook'] }, /at least one kind/],
  ])('refuses %s in words and keeps nothing', async (_what, over, words) => {
    const input = { name: 'Chat', url: url(), format: 'standard', kinds: ['sla'], ...over };
    expect(await ada.act('createOutboundWebhook', input, '__typename')).toMatchObject({
      ...{ __typename: 'UserError', code: 'INVALID_INPUT', message: expect.stringMatching(words) },
    });
    expect(await bench.rows('select 1 from outbound_webhook where retired_at is null')).toEqual([]);
  });

  it('F132 an admin who sees some clients only has nothing to do with webhooks; another organisation sees none', async () => {
    const { webhook } = await make();
    const ole = bench.desk(bench.northgate.people.ole);
    const rex = bench.desk(bench.rivermark.people.rex);
    await ada.must('testOutboundWebhook', { webhookId: webhook.id });
    const [message] = await bench.rows<{ id: string }>('select id from outbound_message where webhook_id = $1', [
      rawId(webhook.id),
    ]);
    const messageId = gid('OutboundMessage', message!.id);
    for (const [desk, code] of [
      [ole, 'FORBIDDEN'],
      [rex, 'NOT_FOUND'],
    ] as const) {
      expect(await desk.act('sendOutboundMessageAgain', { messageId })).toMatchObject({ code });
      const seen = await desk.raw('query($id: ID!) { outboundMessages(webhookId: $id) { title } }', { id: webhook.id });
      expect([seen.data, seen.errors?.[0]?.extensions?.code]).toEqual([null, code]);
    }
    for (const field of [
      'testOutboundWebhook',
      'enableOutboundWebhook',
      'retireOutboundWebhook',
      'changeOutboundWebhook',
      'pauseOutboundWebhook',
    ]) {
      expect(await ole.act(field, { webhookId: webhook.id })).toMatchObject({ code: 'FORBIDDEN' });
      expect(await rex.act(field, { webhookId: webhook.id })).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect((await ole.raw('{ outboundWebhooks { id } }')).errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    expect(await rex.gql('{ outboundWebhooks { id } }')).toEqual({ outboundWebhooks: [] });
    const node = 'query($id: ID!) { node(id: $id) { id } }';
    expect(await rex.gql(node, { id: webhook.id })).toEqual({ node: null });
    expect(await ada.gql(node, { id: webhook.id })).toEqual({ node: { id: webhook.id } });
  });
});

describe('in the app', () => {
  it('F137 whoever proposed a command hears of its answer, also in a colleague’s session; each once, at the very entry', async () => {
    const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-23');
    await runtime.connect();
    const sessionId = await bench.active(jun, runtime, 'VPN hangs');
    const sam = bench.desk(bench.northgate.people.sam);
    await sam.must('takeCommandRights', { sessionId: gid('Session', sessionId) });
    await sam.must('proposeCommand', {
      sessionId: gid('Session', sessionId),
      shell: 'bash',
      script: 'systemctl restart vpn',
      reason: 'x',
    });
    const approvalId = await runtime.approves(sessionId, 'action');
    const told = await waitFor('both of them', async () => {
      const rows = await bench.rows<{ user_id: string; link: string; kind: string }>(
        'select user_id, link, kind from notification where key = $1',
        [`decided:${approvalId}`],
      );
      return rows.length > 0 && rows;
    });
    expect(told.map((each) => each.user_id).sort()).toEqual([jun.person!.id, sam.person!.id].sort());
    const [entry] = await bench.rows<{ number: number; seq: number }>(
      `select s.number, e.seq from session s join transcript_entry e on e.msp_id = s.msp_id and e.session_id = s.id
       where s.id = $1 and e.key = $2`,
      [sessionId, `decided:${approvalId}`],
    );
    for (const { link, kind } of told) expect([link, kind]).toEqual([`/s/${entry!.number}#e${entry!.seq}`, 'approval']);
  });

  it('F137 what is read in one window is read in the other at once', async () => {
    const { sam, dana } = bench.northgate.people;
    const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-22');
    await runtime.connect();
    const sessionId = await bench.started(jun, runtime, 'Two windows');
    await bench.desk(dana).must('reassignSession', {
      ...{ sessionId: gid('Session', sessionId), userId: gid('User', sam.id), reason: 'x' },
    });
    interface News {
      notifications: { id: string; text: string }[];
    }
    const news = await waitFor('the notification', async () => {
      const { notifications } = await bench.desk(sam).gql<News>('{ notifications { id text } }');
      return notifications.find(({ text }) => text.includes('Two windows'));
    });
    // Long ago, as one that waited for its reader.
    await bench.rows(`update notification set at = now() - interval '3 hours' where text like '%Two windows%'`);
    const [other, juns] = await Promise.all(
      [sam, bench.northgate.people.jun].map((person) =>
        bench
          .desk(person)
          .follow<{ notificationAdded: { id: string; readAt: string | null } }>(
            'subscription { notificationAdded { id readAt } }',
          ),
      ),
    );
    const read =
      'mutation($ids: [ID!]!) { markNotificationsRead(ids: $ids) { ... on Viewer { unreadNotifications } } }';
    // Read again until the other window listens; a reading before that is in what it asks for first.
    await waitFor(
      'the reading to arrive',
      async () => {
        await bench.rows('update notification set read_at = null where id = $1', [rawId(news.id)]);
        await bench.desk(sam).gql(read, { ids: [news.id] });
        return other!.events.length > 0;
      },
      20_000,
    );
    for (const { notificationAdded } of other!.events)
      expect(notificationAdded).toEqual({ id: news.id, readAt: expect.stringMatching(/^\d{4}-/) });
    expect(juns!.events).toEqual([]);
    await Promise.all([other!.close(), juns!.close()]);
  });
});
