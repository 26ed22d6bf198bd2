import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';

let bench: ApiBench;
let dana: Desk;
let ids: string[];

beforeAll(async () => {
  bench = await openApiBench();
  const { people, clients } = bench.northgate;
  dana = bench.desk(people.dana);
  const items = [];
  for (const [client, host] of [
    [clients.brightline, 'BRIT-EAST-01'],
    [clients.brightline, 'BRIT-WEST-01'],
    [clients.harbor, 'HARB-WS-07'],
  ] as const) {
    const { identity } = await bench.enrol(client.id, host);
    items.push({ endpointId: gid('Endpoint', identity.endpointId), userId: gid('User', people.sam.id) });
  }
  const input = { items, idempotencyKey: 'x', newSession: { title: 'Printer fails' } };
  const { items: given } = await dana.must('assignMany', input, '... on AssignedMany { items { session { id } } }');
  ids = (given as { session: { id: string } }[]).map(({ session }) => session.id);
}, 120_000);
afterAll(() => bench?.close());

interface Incident {
  id: string;
  closedAt: string | null;
  sessions: { id: string; status: string }[];
}
const incident = async (id: string, desk = dana) =>
  (
    await desk.gql<{ incident: Incident | null }>(
      'query($id: ID!) { incident(id: $id) { id closedAt sessions { id status } } }',
      { id },
    )
  ).incident;
const within = async (id: string, desk = dana) =>
  (await incident(id, desk))?.sessions.map((session) => session.id).sort();

describe('an incident', () => {
  it('F022 is opened for several sessions, takes more in, lets some go and is closed, while each session stays as it is', async () => {
    expect(await dana.act('openIncident', { title: ' ', sessionIds: ids })).toMatchObject({ code: 'INVALID_INPUT' });
    expect(await dana.act('openIncident', { title: 'x', sessionIds: [] })).toMatchObject({ code: 'INVALID_INPUT' });
    const many = Array.from({ length: 201 }, () => gid('Session', crypto.randomUUID()));
    expect(await dana.act('openIncident', { title: 'x', sessionIds: many })).toMatchObject({ code: 'TOO_LARGE' });
    const opened = await dana.must('openIncident', { title: 'Printers', sessionIds: ids.slice(0, 2) });
    const id = opened.id as string;
    expect(await within(id)).toEqual(ids.slice(0, 2).sort());
    expect(await dana.act('openIncident', { title: 'Again', sessionIds: ids.slice(0, 2) })).toMatchObject({
      code: 'CONFLICT',
    });

    await dana.must('addToIncident', { incidentId: id, sessionIds: [ids[2]] });
    expect(await within(id)).toEqual([...ids].sort());
    // Jun sees Harbor Dental only: of this incident one session.
    expect(await within(id, bench.desk(bench.northgate.people.jun))).toEqual([ids[2]]);
    await dana.must('removeFromIncident', { incidentId: id, sessionIds: [ids[0]] });
    expect(await within(id)).toEqual(ids.slice(1).sort());
    expect(await dana.act('removeFromIncident', { incidentId: id, sessionIds: [ids[0]] })).toMatchObject({
      code: 'CONFLICT',
    });

    await dana.must('closeIncident', { incidentId: id });
    const closed = await incident(id);
    expect(closed?.closedAt).not.toBeNull();
    expect(closed?.sessions.map(({ status }) => status)).toEqual(['unstarted', 'unstarted']);
    for (const act of ['addToIncident', 'removeFromIncident'])
      expect(await dana.act(act, { incidentId: id, sessionIds: [ids[0]] })).toMatchObject({ code: 'INVALID_STATE' });
    expect(await dana.act('closeIncident', { incidentId: id })).toMatchObject({ code: 'INVALID_STATE' });
    const lists = await dana.gql<{ open: object[]; closed: { id: string }[] }>(
      '{ open: incidents { id } closed: incidents(closed: true) { id } }',
    );
    expect(lists).toEqual({ open: [], closed: [{ id }] });
    const audited = await bench.rows<{ action: string }>(
      `select action from audit_event where action like 'incident.%' order by id`,
    );
    expect(audited.map(({ action }) => action)).toEqual([
      'incident.opened',
      'incident.sessions_added',
      'incident.sessions_removed',
      'incident.closed',
    ]);
  });
});
