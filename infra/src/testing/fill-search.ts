import type pg from 'pg';

/** Words as technicians meet them; a document holds some of them by its number, so that a measurement repeats. */
const COMMON = ['service', 'error', 'printer', 'windows', 'failed', 'system32', 'update', 'queue', 'status', 'spooler'];
const SOME = [
  'journalctl --no-pager -u cups',
  'certutil -verifyCTL AuthRoot',
  'Get-WinEvent -LogName System',
  'HKLM\\SYSTEM\\CurrentControlSet\\Services\\Spooler',
  'C:\\Windows\\System32\\spool\\PRINTERS',
  '/var/log/cups/error_log',
  'netsh winsock reset catalog',
  'Event ID 7031',
  'wuauclt.exe',
  'ipconfig /flushdns',
  'systemctl restart NetworkManager',
  'sfc /scannow',
  'chkdsk C: /f /r',
  'gpupdate /force',
  'nslookup mail.brightline.example',
  'HRESULT 0x80004005',
  'DISM /Online /Cleanup-Image /RestoreHealth',
  'apt-get install --reinstall cups',
  'docker logs --tail 100 gateway',
  'Test-NetConnection -Port 445',
  'net use Z: \\\\FILES-01\\share',
  'HKCU\\Software\\Microsoft\\Office\\16.0\\Outlook',
  'OUTLOOK.EXE /safe',
  'C:\\ProgramData\\Acme\\logs\\agent.log',
  'schtasks /Query /FO LIST',
  'Event ID 1000',
  'Event ID 4625',
  'bcdedit /set safeboot minimal',
  'kernel: oom-killer invoked',
  'SQLSTATE 08001',
  'ERR_CERT_DATE_INVALID',
  'smartctl -a /dev/sda',
  'pnputil /enum-drivers',
  'ORA-12154',
  'vpnagent.exe',
  'lsof -i :8080',
];

/**
 * Gives every session of a filled organisation (`fillDatabase`) its search documents, as indexing would have written them: one for each
 * of its entries that has words, and one for each command's output. Returns how many there are. `db` is the superuser's.
 */
export async function fillSearch(db: pg.ClientBase, mspId: string): Promise<number> {
  await db.query('begin');
  try {
    await db.query('set local synchronous_commit = off');
    await db.query(
      'create temp table words_common on commit drop as select w, n - 1 as n from unnest($1::text[]) with ordinality u (w, n)',
      [COMMON],
    );
    await db.query(
      'create temp table words_some on commit drop as select w, n - 1 as n from unnest($1::text[]) with ordinality u (w, n)',
      [SOME],
    );
    await db.query(
      `insert into search_document (msp_id, id, client_id, session_id, endpoint_id, technician_ids, kind, entry_seq, command_id, stream, off, at, body, words)
       select msp_id, id, client_id, session_id, endpoint_id, technician_ids, kind, entry_seq, command_id, stream, off, at, body,
         to_tsvector('simple', regexp_replace(lower(body), '[^[:alnum:]]+', ' ', 'g'))
       from (
         select s.msp_id, s.id || '_e' || k as id, s.client_id, s.id as session_id, s.endpoint_id, array_remove(array[s.assignee_id], null) as technician_ids,
           kind, k::int as entry_seq, null::uuid as command_id, null::smallint as stream, null::bigint as off, s.opened_at + make_interval(mins => k::int) as at,
           case kind when 'opened' then s.title || ' ' || e.name || ' does not print: ' || c1.w || ' ' || s.requester
             when 'completed' then 'Cleared ' || c1.w || ' on ' || e.name || ', ' || c2.w || ' is back. ' || o.w
             else o.w || ' to see ' || c1.w end as body
         from session s join endpoint e on e.msp_id = s.msp_id and e.id = s.endpoint_id
           cross join unnest('{opened,started,command_proposed,completed}'::text[], '{1,3,5,6}'::int[]) as kinds (kind, k)
           join words_common c1 on c1.n = (s.number + k) % ${COMMON.length}
           join words_common c2 on c2.n = (s.number / 7 + k) % ${COMMON.length}
           join words_some o on o.n = (s.number / 3 + k) % ${SOME.length}
         where s.msp_id = $1
         union all
         select s.msp_id, c.id || '_1_0', s.client_id, s.id, s.endpoint_id, array[c.proposed_by], 'output', c.entry_seq, c.id, 1::smallint, 0::bigint, s.opened_at,
           (select string_agg(format(E'%s WS-%s %s: %s 0x%s dwErrorStatus=%s pid %s', o.w, to_char((s.number * 13 + l) % 2000, 'FM00000'), c1.w, c2.w,
               lpad(to_hex((s.number * 7919 + l * 104729) % 16777216), 8, '8'), 40000000 + (s.number * 31 + l * 17) % 20000, (s.number * 3 + l) % 32768), E'\\n')
            from generate_series(1, 8) l
              join words_common c1 on c1.n = (s.number + l) % ${COMMON.length}
              join words_common c2 on c2.n = (s.number / 7 + l * 3) % ${COMMON.length}
              join words_some o on o.n = (s.number / 3 + l) % ${SOME.length})
         from command c join session s on s.msp_id = c.msp_id and s.id = c.session_id where c.msp_id = $1
       ) made
       on conflict do nothing`, // Sessions that a benchmark made over the api have theirs already.
      [mspId],
    );
    await db.query('commit');
  } catch (error) {
    await db.query('rollback');
    throw error;
  }
  await db.query('vacuum analyze search_document');
  const { rows } = await db.query<{ count: number }>(
    'select count(*)::int as count from search_document where msp_id = $1',
    [mspId],
  );
  return rows[0]?.count ?? 0;
}
