import { webOperation } from '@throughline/api/testing/web-operations';
import { fillSearch } from '@throughline/infra/testing/fill-search';
import type { Measure } from '../result.ts';
import { percentile } from '../stats.ts';
import type { FilledHouse } from './filled-house.ts';

/** Technical terms as people type them: error codes, paths, options, programs, names of computers, words that stand everywhere. */
const TYPED = [
  'dwErrorStatus=40010000',
  '0x80070005',
  'HRESULT 0x80004005',
  'Event ID 7031',
  '"Event ID 4625"',
  'SQLSTATE 08001',
  'ORA-12154',
  'ERR_CERT_DATE_INVALID',
  'C:\\Windows\\System32\\spool',
  'HKLM\\SYSTEM\\CurrentControlSet\\Services\\Spooler',
  '/var/log/cups/error_log',
  'agent.log',
  '--no-pager',
  '-verifyCTL',
  '/scannow',
  'journalctl cups',
  'wuauclt.exe',
  'smartctl -a /dev/sda',
  'docker logs --tail',
  'WS-00123',
  'WS-01777 spooler',
  'Olivia Hart',
  'spooler',
  'windows update failed',
  'nothingofthekind',
];

/** Searches by the web app's own operation over the documents of two years: all, of a client, of a technician, and of an account's month. */
export async function searched(house: FilledHouse, say: (line: string) => void): Promise<Measure[]> {
  const db = await house.pool.connect();
  let documents: number;
  try {
    say('indexing the sessions for search');
    documents = await fillSearch(db, house.mspId);
  } finally {
    db.release();
  }
  say(`${documents} documents; searching`);
  const { clients } = await house.manager.gql<{ clients: { id: string }[] }>('{ clients { id } }');
  const month = new Date(Date.now() - 30 * 86_400_000).toISOString();
  const filters = [
    () => ({}),
    (i: number) => ({ clientId: clients[i % clients.length]?.id }),
    (i: number) => ({
      technicianId: Buffer.from(`User:${house.people[i % house.people.length]?.id}`).toString('base64'),
    }),
    () => ({ from: month }),
  ];
  const operation = webOperation('SearchTranscripts');
  const taken: number[] = [];
  let found = 0;
  for (const [f, filter] of filters.entries())
    for (const [i, query] of TYPED.entries()) {
      const began = performance.now();
      const { searchTranscripts } = await house.manager.gql<{ searchTranscripts: { total: number } }>(operation, {
        ...{ query, filter: filter(i), first: 25, cursor: null },
      });
      taken.push(performance.now() - began);
      if (f === 0 && searchTranscripts.total > 0) found += 1;
    }
  return [
    { what: 'search, p50', value: percentile(taken, 50), unit: 'ms' },
    { what: 'search, p95', value: percentile(taken, 95), unit: 'ms', goal: 500 },
    { what: '  the slowest', value: Math.max(...taken), unit: 'ms' },
    { what: '  documents searched', value: documents, unit: '' },
    { what: `  of ${TYPED.length} questions, answered by a hit`, value: found, unit: '' },
  ];
}
