import { cleanup, within } from '@testing-library/vue';
import { afterEach, describe, expect, it } from 'vitest';
import { show } from '../../testing/render.ts';
import { viewer } from '../signin/use-viewer.ts';
import { countedOf } from './counted.ts';
import { reportCsv } from './report-csv.ts';
import SlaReportPage from './SlaReportPage.vue';

const figures = (met: number, breached: number, open: number, medianMinutes: number | null) => ({
  met,
  breached,
  open,
  medianMinutes,
});
const row = (over: object = {}) => ({
  sessions: 6,
  client: null,
  technician: null,
  response: figures(2, 3, 1, 40),
  resolution: figures(3, 0, 3, null),
  ...over,
});
const report = {
  slaReport: {
    total: row(),
    clients: [row({ client: { id: 'c1', name: 'Harbor Dental' } })],
    technicians: [row({ technician: { id: 'u1', name: 'Jun Park' } }), row({ sessions: 2 })],
  },
};
const page = (SlaReport: unknown = report, path = '/reports/sla?month=2026-05') => {
  viewer.value = { permissions: ['report.read'], user: { role: 'manager' } } as unknown as typeof viewer.value;
  return show(SlaReportPage, { path, answers: { SlaReport } });
};
const month = { from: new Date(2026, 4, 1).toISOString(), until: new Date(2026, 5, 1).toISOString() };

describe('Reports → SLA', () => {
  afterEach(cleanup);

  it('F081 U55 shows a month by client and technician, and each number opens the list of just what it counted', async () => {
    const { findByRole, getByRole, asked } = await page();
    const clients = within(await findByRole('region', { name: 'Client' }));
    expect(asked[0]).toEqual({ name: 'SlaReport', variables: month });
    const breached = clients.getByRole('link', { name: '3 breached, first response, Harbor Dental' });
    const { searchParams, pathname } = new URL(breached.getAttribute('href') ?? '', 'http://x.test');
    expect(pathname).toBe('/sessions');
    expect(Object.fromEntries(searchParams)).toEqual({
      ...month,
      client: 'c1',
      clock: 'response',
      standing: 'breached',
    });
    expect(countedOf(Object.fromEntries(searchParams))?.variables).toEqual({
      openedFrom: month.from,
      openedUntil: month.until,
      clock: 'response',
      slaStanding: 'breached',
    });
    expect(clients.getByText('median 40 min')).toBeTruthy();
    expect(clients.getByText('none met yet')).toBeTruthy();
    const nobody = within(getByRole('region', { name: 'Technician' })).getByRole('link', {
      name: '2 sessions, Nobody',
    });
    expect(nobody.getAttribute('href')).toContain('nobody=1');
  });

  it('F081 says so where nothing was opened, where it failed, and to who may not see it', async () => {
    const none = { ...report.slaReport, total: row({ sessions: 0 }), clients: [], technicians: [] };
    expect(await (await page({ slaReport: none })).findByText('No session was opened in this month')).toBeTruthy();
    cleanup();
    expect((await (await page(() => new Error('gone'))).findByRole('alert')).textContent).toContain(
      'The report could not be read',
    );
    cleanup();
    viewer.value = { permissions: [], user: { role: 'technician' } } as unknown as typeof viewer.value;
    const { findByText, asked } = await show(SlaReportPage, { path: '/reports/sla', answers: { SlaReport: report } });
    expect(await findByText('Reports are for dispatchers and managers')).toBeTruthy();
    expect(asked).toEqual([]);
  });

  it('F081 an address with nonsense in it counts as none', () => {
    expect(countedOf({})).toBeNull();
    expect(countedOf({ from: 'yesterday', until: month.until })).toBeNull();
    const odd = countedOf({ ...month, clock: 'constructor', standing: 'met', nobody: 'x' });
    expect(odd?.variables).toEqual({ openedFrom: month.from, openedUntil: month.until });
  });

  it('F081 the CSV quotes, and lets no name become a formula', () => {
    const csv = csvOf('=cmd|"x"');
    expect(csv.split('\r\n')[1]).toBe(`"client","'=cmd|""x""","6","2","3","1","40","3","0","3",""`);
  });

  it.each(['=1+1', '+1', '-2+3', '@SUM(1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠SUM(1)'])(
    'F081 a name that begins like a formula is text in the CSV: %j',
    (name) => expect(csvOf(name)).toContain(`\r\n"client","'${name}","6",`),
  );

  it.each(['Harbor, Dental', 'two\nlines', 'two\r\nlines', 'a "b" c', "O'Hara", '3-2=1', 'Zoë ＝'])(
    'F081 keeps a name in the CSV as it is, in one cell: %j',
    (name) => expect(csvOf(name)).toContain(`\r\n"client","${name.replaceAll('"', '""')}","6",`),
  );
});

const csvOf = (name: string): string =>
  reportCsv([{ by: 'client', rows: [{ name, row: report.slaReport.clients[0] as never }] }]);
