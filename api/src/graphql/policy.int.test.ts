import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';

let bench: ApiBench;
let ada: Desk;
let theo: Desk;
let sessionId: string;
let endpointId: string;
const dental = () => gid('ClientGroup', bench.northgate.clients.harbor.groupId);

beforeAll(async () => {
  bench = await openApiBench();
  ada = bench.desk(bench.northgate.people.ada);
  theo = bench.desk(bench.northgate.people.theo);
  const runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'HARB-WS-07');
  await runtime.connect();
  endpointId = gid('Endpoint', runtime.identity.endpointId);
  sessionId = gid('Session', await bench.active(theo, runtime));
  for (const script of ['uname -a', 'cat /etc/hosts', 'systemctl restart vpn', 'rm -rf /srv/old'])
    await propose(script);
});
afterAll(() => bench?.close());

const propose = (script: string) =>
  theo.must('proposeCommand', { sessionId, shell: 'bash', script, reason: 'for the preview' });
const POLICY = `{ name level version document { readOnly change destructive approvalTimeoutSeconds quietHours { zone windows { days from to } } }
  versions { version changes note madeBy madeAt } }`;
interface PolicyView {
  version: number;
  document: object;
  versions: { version: number; changes: string[]; note: string; madeBy: string | null; madeAt: string }[];
}
const policyOf = (field: string) => ada.gql<{ p: PolicyView }>(`{ p: policy${field} ${POLICY} }`).then(({ p }) => p);
const set = (input: object) => ada.act('setPolicy', input, `... on Policy ${POLICY}`);
const changed = () =>
  bench.rows<{ actor: string; target: string; details: Record<string, unknown> }>(
    `select actor, target, details from audit_event where action = 'policy.changed' order by id`,
  );
const first = {
  readOnly: 'run',
  change: 'ask',
  destructive: 'ask',
  otherIdentity: 'ask',
  approvalTimeoutSeconds: 1800,
};

describe('the settings of policy', () => {
  it('F133 a change is a new version with who, when, why and what, and stands in the audit trail with before and after', async () => {
    const document = { ...first, destructive: 'refuse', riskFloor: 'read_only' };
    const acted = await set({ groupId: dental(), document, expectedVersion: 1, note: ' After the incident in May ' });
    expect(acted).toMatchObject({ __typename: 'Policy', name: 'Dental', version: 2 });
    const policy = await policyOf(`(groupId: "${dental()}")`);
    expect(policy).toMatchObject({
      level: 'client_group',
      version: 2,
      document: { change: 'ask', destructive: 'refuse', approvalTimeoutSeconds: 1800, quietHours: null },
      versions: [
        {
          version: 2,
          changes: ['Commands that can destroy data: ask first → are refused'],
          note: 'After the incident in May',
          madeBy: 'Ada Okafor',
        },
        { version: 1, madeBy: null },
      ],
    });
    expect(Math.abs(Date.now() - Date.parse(policy.versions[0]!.madeAt))).toBeLessThan(60_000);
    expect((await changed()).at(-1)).toEqual({
      actor: 'ada@northgate.example',
      target: 'Dental',
      details: {
        level: 'client_group',
        subjectId: bench.northgate.clients.harbor.groupId,
        version: 2,
        changes: ['Commands that can destroy data: ask first → are refused'],
        before: expect.objectContaining({ destructive: 'ask', approvalTimeoutMs: 1_800_000 }),
        after: expect.objectContaining({ destructive: 'refuse', approvalTimeoutMs: 1_800_000 }),
        note: 'After the incident in May',
        ip: '127.0.0.1',
      },
    });
    // At once: the next command of a session that is under way is judged by it.
    expect(
      await theo.act('proposeCommand', { sessionId, shell: 'bash', script: 'rm -rf /srv/more', reason: 'x' }),
    ).toMatchObject({ code: 'POLICY_DENIED' });
  });

  it('F049 effectivePolicy says for each rule whose it is and in which version, to everybody who sees the endpoint', async () => {
    await set({
      document: {
        approvalTimeoutSeconds: 60,
        quietHours: { zone: 'Europe/Oslo', windows: [{ days: [7], from: '01:00', to: '02:00' }] },
      },
      expectedVersion: 0,
    });
    const { effectivePolicy } = await theo.gql<{ effectivePolicy: { name: string }[] }>(
      `{ effectivePolicy(endpointId: "${endpointId}") { name says level version } }`,
    );
    const rule = (name: string) => effectivePolicy.find((each) => each.name === name);
    const organisation = { level: 'organisation', version: 1 };
    expect(rule('approvalTimeoutSeconds')).toMatchObject({ says: '1 min', ...organisation });
    expect(rule('quietHours')).toMatchObject({ says: 'Sun 01:00–02:00 (Europe/Oslo)', ...organisation });
    expect(rule('destructive')).toMatchObject({ says: 'refuse', level: 'client_group', version: 2 });
    expect(rule('severalPeople')).toMatchObject({ says: 'ask', level: 'built_in', version: 0 });
  });

  it('F133 who read an old version is told to reload, and nothing is changed', async () => {
    const before = [await policyOf(`(groupId: "${dental()}")`), (await changed()).length];
    expect(await set({ groupId: dental(), document: first, expectedVersion: 1 })).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/Somebody else .* Reload/),
    });
    expect([await policyOf(`(groupId: "${dental()}")`), (await changed()).length]).toEqual(before);
  });

  it.each([
    ['a change that runs unasked', { document: { change: 'run' } }],
    ['a wait of a second', { document: { approvalTimeoutSeconds: 1 } }],
    ['half a millisecond', { document: { approvalTimeoutSeconds: 60.0005 } }],
    [
      'a zone that is none',
      { document: { quietHours: { zone: 'Mars', windows: [{ days: [1], from: '01:00', to: '02:00' }] } } },
    ],
    [
      'a day that is none',
      { document: { quietHours: { zone: 'UTC', windows: [{ days: [0], from: '01:00', to: '02:00' }] } } },
    ],
    ['no windows', { document: { quietHours: { zone: 'UTC', windows: [] } } }],
    ['nothing new', { document: {}, expectedVersion: 0 }],
    ['a note without an end', { document: { change: 'refuse' }, note: 'x'.repeat(501) }],
    ['a version below none', { document: { change: 'refuse' }, expectedVersion: -1 }],
  ])('F133 refuses %s in words and keeps nothing', async (_what, input) => {
    const before = await changed();
    const acted = await set({ endpointId, expectedVersion: 0, ...input });
    expect(acted).toMatchObject({ __typename: 'UserError', message: expect.stringMatching(/\w.*\.$/) });
    expect(['INVALID_INPUT', 'CONFLICT']).toContain(acted.code);
    expect(await changed()).toEqual(before);
    expect((await policyOf(`(endpointId: "${endpointId}")`)).version).toBe(0);
  });

  it('F133 refuses two subjects at once', async () => {
    expect(
      await set({ endpointId, groupId: dental(), document: { change: 'refuse' }, expectedVersion: 0 }),
    ).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('one of client group') });
  });
});

describe('the preview of a policy', () => {
  const preview = (document: string, of = `groupId: "${dental()}", `) =>
    ada
      .gql<{ p: Record<string, unknown> & { judged: number; commands: { command: { script: string } }[] } }>(
        `{ p: previewPolicy(${of}document: ${document}) { changes judged more asked refused eased commands { before after rule sessionNumber risk command { script } } } }`,
      )
      .then(({ p }) => p);
  const scripts = ({ commands }: { commands: { command: { script: string } }[] }) =>
    commands.map(({ command }) => command.script).sort();

  it('F133 says which of last month’s commands would have asked or been refused, and changes nothing', async () => {
    const before = await bench.rows('select count(*) from policy_version');
    const strict = await preview('{ readOnly: ask, change: refuse, destructive: refuse }');
    // The fifth was refused for good by the first test; it is judged like the rest, and no otherwise than now.
    expect(strict).toMatchObject({ judged: 5, more: false, asked: 2, refused: 1, eased: 0 });
    expect(scripts(strict)).toEqual(['cat /etc/hosts', 'systemctl restart vpn', 'uname -a']);
    expect(strict['commands']).toContainEqual(
      expect.objectContaining({ before: 'ask', after: 'refuse', rule: 'P-2', risk: 'change' }),
    );
    expect(strict['changes']).toContain('Commands that only read: run at once → ask first');
    const eased = await preview('{ destructive: ask }');
    expect(eased).toMatchObject({ asked: 0, refused: 0, eased: 2 });
    expect(scripts(eased)).toEqual(['rm -rf /srv/more', 'rm -rf /srv/old']);
    expect(await bench.rows('select count(*) from policy_version')).toEqual(before);
  });

  it('F133 counts quiet hours by when a command was proposed, and a class that a floor had raised by what it was', async () => {
    const all = '{ zone: "UTC", windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from: "00:00", to: "00:00" }] }';
    expect(await preview(`{ destructive: refuse, quietHours: ${all} }`)).toMatchObject({ asked: 0, refused: 1 });
    await set({ endpointId, document: { riskFloor: 'change' }, expectedVersion: 0 });
    await propose('uptime');
    const without = await preview('{}', `endpointId: "${endpointId}", `);
    expect(without['eased']).toBe(3);
    expect(scripts(without)).toEqual(['cat /etc/hosts', 'uname -a', 'uptime']);
  });

  it('F133 judges only what was proposed where the policy holds, and only the last 30 days', async () => {
    const legal = gid('ClientGroup', bench.northgate.clients.cedar.groupId);
    expect(await preview('{ readOnly: refuse }', `groupId: "${legal}", `)).toMatchObject({ judged: 0, commands: [] });
    const judged = (await preview('{}', '')).judged;
    await bench.rows(
      `update command set proposed_at = now() - interval '31 days' where spec ->> 'script' = 'cat /etc/hosts'`,
    );
    expect((await preview('{}', '')).judged).toBe(judged - 1);
  });
});
