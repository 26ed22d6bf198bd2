import { randomUUID } from 'node:crypto';

/* A morning at Northgate Managed IT, made up: for looking at the pages without a running api. Never part of the product. */

const T0 = Date.now();
export const ago = (minutes: number): string => new Date(T0 - minutes * 60_000).toISOString();
const from = (iso: string, minutes: number): string =>
  new Date(new Date(iso).getTime() + minutes * 60_000).toISOString();

type Bag = Record<string, unknown>;
const group = (id: string, name: string): Bag => ({
  id,
  name,
  policyVersion: 12,
  riskFloor: 'read_only',
  approvalTimeoutSeconds: 1800,
  clients: [],
});
export const groups = [
  group('g1', 'Dental'),
  group('g2', 'Print & Media'),
  group('g3', 'Finance'),
  group('g4', 'Legal'),
];
const client = (id: string, name: string, g: number, contactName: string, contactPhone: string): Bag => ({
  id,
  name,
  group: groups[g],
  contactName,
  contactPhone,
  contactEmail: `${contactName.split(' ')[0]?.toLowerCase()}@${id}.example`,
  externalId: `C-${id}`,
  endpointCount: 0,
});
export const clients = [
  client('harbor', 'Harbor Dental', 0, 'Olivia Hart', '555-0101'),
  client('brightline', 'Brightline Print', 1, 'Ken Abe', '555-0102'),
  client('lakeside', 'Lakeside Accounting', 2, 'Paula Reyes', '555-0103'),
  client('cedar', 'Cedar Law', 3, 'Lou Cole', '555-0104'),
];
const user = (id: string, name: string, role: string, openSessions: number): Bag => ({
  id,
  name,
  role,
  openSessions,
  email: `${name.split(' ')[0]?.toLowerCase()}@northgate.example`,
  active: true,
  allClients: true,
  clients: [],
});
export const users = [
  user('ada', 'Ada Okafor', 'admin', 0),
  user('dana', 'Dana Ruiz', 'dispatcher', 0),
  user('jun', 'Jun Park', 'technician', 4),
  user('theo', 'Theo Lind', 'technician', 5),
  user('sam', 'Sam Whitfield', 'senior', 3),
  user('mona', 'Mona Said', 'manager', 0),
];
const person = (id: string) => users.find((u) => u['id'] === id) ?? null;

const facts = {
  hostname: 'lnx-lab-01',
  os: 'Linux',
  osVersion: 'Debian 12',
  arch: 'x64',
  timeZone: 'America/Chicago',
  users: ['olivia'],
  shells: [
    { shell: 'bash', path: '/bin/bash', version: '5.2.15' },
    { shell: 'sh', path: '/bin/sh', version: 'dash' },
  ],
  diskFreeBytes: 90.4e9,
  memoryBytes: 16.7e9,
  addresses: ['10.20.4.17'],
  runtimeUser: 'throughline',
  consoleUser: 'olivia',
  runAsOthers: true,
};
const names: [string, number, boolean, boolean?][] = [
  ['HARB-WS-07', 0, true],
  ['HARB-FRONT-02', 0, true],
  ['HARB-XRAY-01', 0, false],
  ['LNX-LAB-01', 0, true],
  ['HARB-WS-03', 0, true],
  ['HARB-FRONT-01', 0, true, true],
  ['HARB-WS-11', 0, false],
  ['BRIT-EAST-01', 1, true],
  ['BRIT-NORTH-01', 1, true],
  ['BRIT-WEST-01', 1, true],
  ['BRIT-FS01', 1, true],
  ['BRIT-PROOF-03', 1, false],
  ['LAKE-WS-02', 2, true],
  ['LAKE-RDS-01', 2, true],
  ['CLIENT-ACCT-01', 2, true],
  ['LAKE-WS-06', 2, false],
  ['CEDR-WS-01', 3, true],
  ['CEDR-WS-02', 3, true],
];
export const endpoints: Bag[] = names.map(([name, c, online, simulated = false]) => ({
  __typename: 'Endpoint',
  id: `E-${name}`,
  name,
  client: clients[c],
  os: 'linux',
  arch: 'x64',
  simulated,
  online,
  lastSeenAt: online ? ago(0) : ago(41 * name.length),
  retiredAt: null,
  runtimeLabel: 'hd-runtime-41b2-e07',
  runtimes: [{ label: 'hd-runtime-41b2-e07', agentVersion: '0.1.0', enrolledAt: ago(9000), cutOffAt: null }],
  agentVersion: '0.1.0',
  clockSkewMs: 400,
  shells: facts.shells,
  facts,
  openSession: null,
  createdAt: ago(60 * 24 * 30),
}));
for (const e of endpoints) (e['client'] as Bag)['endpointCount'] = Number((e['client'] as Bag)['endpointCount']) + 1;

const clock = (name: string, startedAt: string, warn: number, limit: number, metAfter: number | null): Bag => ({
  name,
  startedAt,
  warnAt: from(startedAt, warn),
  breachAt: from(startedAt, limit),
  metAt: metAfter === null ? null : from(startedAt, metAfter),
  warnedAt: null,
  breachedAt: null,
  pausedAt: null,
});
export const sessions: Bag[] = [];
function session(
  number: number,
  device: string,
  title: string,
  status: string,
  who: string | null,
  waitingOn: string,
  age: number,
  extra: Bag = {},
): Bag {
  const endpoint = endpoints.find((e) => e['name'] === device)!;
  const opened = ago(age);
  const urgent = extra['priority'] === 'urgent';
  const consented = status === 'active' || status === 'completed';
  const s: Bag = {
    __typename: 'Session',
    id: `S${number}`,
    number,
    title,
    request: `“${title}” since this morning, said the person at the desk.`,
    requester: (endpoint['client'] as Bag)['contactName'],
    channel: 'phone',
    reason: null,
    status,
    outcome: null,
    waitingOn,
    priority: 'normal',
    escalated: false,
    openFlags: 0,
    flags: [],
    unattended: null,
    client: endpoint['client'],
    endpoint,
    assignee: who ? person(who) : null,
    ticket: null,
    clocks: [
      ...(status === 'unstarted'
        ? []
        : [clock('consent_wait', opened, urgent ? 5 : 15, urgent ? 10 : 30, consented ? 0.8 : null)]),
      clock('response', opened, urgent ? 10 : 45, urgent ? 15 : 60, consented ? 3.2 : null),
      clock('resolution', opened, urgent ? 90 : 360, urgent ? 120 : 480, status === 'completed' ? 28 : null),
    ],
    openedAt: opened,
    consentAt: consented ? from(opened, 0.8) : null,
    firstCommandAt: consented ? from(opened, 3.2) : null,
    completedAt: status === 'completed' ? ago(2) : null,
    note: status === 'completed' ? 'The share had lost its write bit.' : null,
    verification: [],
    notVerifiedBecause: null,
    commands: [],
    approvals: [],
    entryCount: 0,
    headHash: 'c9f0f895fb98ab9159f51fd0297e236d',
    participants: [],
    incident: null,
    follows: null,
    followUps: [],
    durations: { totalMs: 1_900_000, waitingForApprovalMs: 48_000, activeMs: 1_800_000, idleMs: 52_000 },
    assignmentCount: 1,
    awaitsAcceptance: false,
    acceptBy: null,
    onHoldSince: null,
    commandHolder: extra['assignee'] ?? null,
    can: {
      start: status === 'unstarted',
      runCommand: true,
      cancelCommand: true,
      takeRights: false,
      askForRights: false,
      giveRights: true,
      accept: false,
      hold: true,
      assign: true,
      escalate: true,
      complete: status !== 'unstarted',
      followUp: status === 'completed',
      flag: true,
      reviewFlags: false,
      message: true,
    },
    ...extra,
  };
  sessions.push(s);
  if (status !== 'completed') endpoint['openSession'] = s;
  return s;
}
session(2046, 'HARB-WS-07', 'VPN client fails to authenticate', 'active', 'jun', 'end_user', 31.7);
session(2049, 'HARB-FRONT-02', 'Scanner missing after update', 'pending_approval', 'theo', 'end_user', 4);
session(2041, 'HARB-XRAY-01', 'Imaging share is slow', 'active', 'sam', 'endpoint', 102);
session(2044, 'LNX-LAB-01', 'Stale vendor cache', 'active', 'jun', 'technician', 43);
session(2048, 'BRIT-EAST-01', 'Printer queue stuck', 'pending_approval', 'theo', 'end_user', 11.8, {
  priority: 'urgent',
  escalated: true,
  unattended: null,
});
session(2047, 'BRIT-NORTH-01', 'Printer queue stuck', 'active', 'jun', 'technician', 12.2);
session(2050, 'BRIT-WEST-01', 'Printer queue stuck', 'active', 'sam', 'endpoint', 11);
session(2043, 'BRIT-FS01', 'Job tickets folder read-only', 'completed', 'sam', 'none', 60, { outcome: 'resolved' });
session(2042, 'LAKE-WS-02', 'Tax software asks for licence', 'pending_approval', 'theo', 'end_user', 17);
session(2051, 'LAKE-RDS-01', 'Two users cannot sign in', 'unstarted', null, 'assignee', 11.7, { priority: 'urgent' });
session(2045, 'CLIENT-ACCT-01', 'App will not launch', 'active', 'jun', 'technician', 52);
session(2052, 'CEDR-WS-01', 'Teams sign-in loops', 'unstarted', 'jun', 'assignee', 6);

const approval = (id: string, s: Bag, kind: string, minutes: number, extra: Bag = {}): Bag => ({
  __typename: 'ApprovalRequest',
  id,
  kind,
  state: 'waiting',
  session: s,
  command: null,
  title: 'Start a session',
  reason: 'to see why the VPN is refused',
  changes: '',
  code: '4821',
  requestedAt: ago(minutes),
  shownAt: ago(minutes - 0.1),
  expiresAt: from(ago(minutes), 30),
  decidedAt: null,
  account: null,
  answerReason: null,
  channel: null,
  nudges: 0,
  byApprover: false,
  nudgeAllowedAt: null,
  contacts: 0,
  contactedAt: null,
  contactedBy: null,
  contactedWhom: null,
  approvers: [],
  link: null,
  ...extra,
});
export const sessionOf = (number: number): Bag => sessions.find((s) => s['number'] === number)!;
export const waiting = [
  approval('A1', sessionOf(2042), 'session', 16.2, { nudges: 1 }),
  approval('A2', sessionOf(2048), 'session', 11.4, { nudges: 2, nudgeAllowedAt: new Date(T0 + 18_000).toISOString() }),
  approval('A3', sessionOf(2046), 'action', 3.6, { reason: 'install missing intermediate', title: 'Run a command' }),
  approval('A4', sessionOf(2049), 'session', 3.1),
];
for (const a of waiting) ((a['session'] as Bag)['approvals'] as Bag[]).push(a);

/* Session 2046: the record. */
const s46 = sessionOf(2046);
export const entries: Record<string, Bag[]> = {};
export const outputs: Record<string, { stdout: Buffer; stderr: Buffer }> = {};
const jun = { kind: 'user', name: 'Jun Park', email: 'jun@northgate.example', role: 'technician', account: null };
const olivia = {
  kind: 'end_user',
  name: 'HARBOR\\olivia.hart',
  email: null,
  role: null,
  account: 'HARBOR\\olivia.hart',
};
const system = { kind: 'system', name: 'Throughline', email: null, role: null, account: null };
const device = { kind: 'endpoint', name: 'HARB-WS-07', email: null, role: null, account: null };
export function append(s: Bag, kind: string, actor: Bag, payload: unknown, at = new Date().toISOString()): Bag {
  const list = (entries[String(s['id'])] ??= []);
  const entry = {
    __typename: 'Entry',
    id: `N${randomUUID()}`,
    seq: list.length + 1,
    kind,
    at,
    actor,
    origin: 'browser',
    payload,
    hash: randomUUID(),
  };
  list.push(entry);
  s['entryCount'] = list.length;
  return entry;
}
let minute = 31;
const step = () => ago((minute -= 0.35));
export function command(s: Bag, script: string, extra: Bag, out: string | Buffer, err: string, steps: string[]): Bag {
  const id = `C${randomUUID().slice(0, 8)}`;
  outputs[id] = { stdout: Buffer.from(out as string), stderr: Buffer.from(err) };
  const at = step();
  const start = {
    pid: 4711,
    effectiveUser: 'SYSTEM',
    cwd: 'C:\\Windows\\System32',
    shellPath: 'C:\\Program Files\\PowerShell\\7\\pwsh.exe',
    shellVersion: '7.4.2',
    resolvedPath: 'C:\\Windows\\System32\\certutil.exe',
    path: 'C:\\Windows\\System32;C:\\Windows',
    arch: 'x64',
    environment: [
      { name: 'COMPUTERNAME', value: 'HARB-WS-07' },
      { name: 'VPN_TOKEN', value: '•••' },
      { name: 'TEMP', value: 'C:\\Windows\\Temp' },
    ],
  };
  const c: Bag = {
    __typename: 'Command',
    id,
    sessionId: s['id'],
    entrySeq: null,
    shell: 'pwsh',
    script,
    cwd: null,
    runAs: 'the runtime’s own account',
    timeoutMs: 600_000,
    reason: '',
    origin: 'browser',
    risk: 'read_only',
    riskWhy: 'Only reads.',
    rule: 'P-1',
    policyVersion: 12,
    policyLevel: 'client_group',
    policyWords: 'Only reads. Covered by the consent to the session.',
    state: 'completed',
    words: null,
    proposedBy: 'Jun Park',
    proposedByEmail: 'jun@northgate.example',
    proposedAt: at,
    dispatchedAt: at,
    startedAt: at,
    finishedAt: from(at, 0.02),
    cancelRequestedAt: null,
    endpointStartedAt: at,
    endpointFinishedAt: from(at, 0.02),
    exitCode: 0,
    signal: null,
    start,
    stdout: { bytes: outputs[id].stdout.length, sha256: 'a'.repeat(64) },
    stderr: { bytes: Buffer.byteLength(err), sha256: 'b'.repeat(64) },
    askedForInput: false,
    inputOpen: false,
    waitsForInput: false,
    inputs: [],
    pipeLeaked: false,
    remarks: [],
    outputLimited: false,
    sendBy: null,
    maxOutputBytes: null,
    approval: null,
    file: null,
    retryOf: null,
    ...extra,
  };
  c['entrySeq'] = append(
    s,
    'command_proposed',
    jun,
    {
      commandId: `raw-${id}`,
      spec: { shell: 'pwsh', script, cwd: null, runAs: { kind: 'runtime' }, timeoutMs: 600_000 },
      reason: '',
      retryOf: null,
      ...(c['risk'] === 'read_only'
        ? {}
        : { reasons: [{ risk: c['risk'], words: String(c['riskWhy']).replace(/\.$/, ''), start: 0, end: 12 }] }),
    },
    at,
  )['seq'];
  for (const kind of steps)
    append(
      s,
      kind,
      kind.startsWith('command_s') || kind === 'command_exit' ? device : system,
      { commandId: `raw-${id}`, approvalId: kind.startsWith('approval') ? 'raw-A3' : undefined, code: '4821' },
      at,
    );
  (s['commands'] as Bag[]).push(c);
  return c;
}
const ran = [
  'command_accepted',
  'command_policy',
  'command_dispatched',
  'command_started',
  'command_output',
  'command_exit',
  'command_verdict',
];
append(
  s46,
  'opened',
  jun,
  {
    number: 2046,
    title: s46['title'],
    request: 'The VPN keeps saying it can’t sign me in.',
    requester: 'Olivia Hart',
    channel: 'phone',
    priority: 'normal',
    clientName: 'Harbor Dental',
    endpointName: 'HARB-WS-07',
    simulated: false,
    ticket: null,
  },
  ago(31.7),
);
append(
  s46,
  'endpoint_facts',
  device,
  {
    facts: {
      ...facts,
      hostname: 'HARB-WS-07',
      os: 'Windows',
      osVersion: '11 Pro 23H2',
      users: ['HARBOR\\olivia.hart'],
      shells: [
        { shell: 'pwsh', path: 'C:\\pwsh.exe', version: '7.4.2' },
        { shell: 'powershell', path: 'C:\\ps.exe', version: '5.1' },
      ],
    },
    runtimeId: 'r',
    runtimeLabel: 'hd-runtime-41b2-e07',
  },
  ago(31.6),
);
append(s46, 'started', jun, { reason: 'to see why the VPN is refused' }, ago(31.5));
append(
  s46,
  'approval_requested',
  system,
  {
    approvalId: 'raw-A0',
    kind: 'session',
    commandId: null,
    hash: 'h',
    title: 'Start',
    reason: 'to see why the VPN is refused',
    changes: '',
    code: '4821',
    expiresAt: ago(1),
  },
  ago(31.5),
);
append(s46, 'approval_shown', device, { approvalId: 'raw-A0', shownAt: ago(31.4) }, ago(31.4));
append(
  s46,
  'approval_decided',
  olivia,
  {
    approvalId: 'raw-A0',
    kind: 'session',
    commandId: null,
    decision: 'approve',
    reason: '',
    channel: 'endpoint_prompt',
    account: 'HARBOR\\olivia.hart',
    hash: 'h',
    shown: {
      ...{ language: 'en', textHash: 'c'.repeat(64), channel: 'loopback_page', locked: false },
      text: 'Jun Park, technician at Northgate Managed IT, asks to start working on HARB-WS-07.\nMay Jun work on this computer?',
      ...{ askedAt: ago(31.45), shownAt: ago(31.4), heardShownAt: ago(31.4), heardAt: ago(31) },
    },
    requestedAt: ago(31.5),
    shownAt: null,
    decidedAt: ago(31),
    signature: 's',
  },
  ago(30.9),
);
command(
  s46,
  'certutil -store -v my "Client Authentication"',
  {},
  'my "Personal"\n================ Certificate 0 ================\nSerial Number: 0a41c9f27be7\nIssuer: CN=DigiCert G2 TLS RSA SHA256 2020 CA1, O=DigiCert Inc, C=US\n NotBefore: 3/2/2026 7:00 PM\n NotAfter: 3/2/2027 6:59 PM\nSubject: CN=harb-ws-07.harbordental.example\nCertContext[0][0]: dwInfoStatus=10c dwErrorStatus=40010000\nCertUtil: -store command completed successfully.\n',
  '',
  ran,
);
append(s46, 'message', jun, { text: 'Could this be the revocation check?', onEntry: 7 }, step());
append(
  s46,
  'message',
  { ...jun, name: 'Sam Whitfield', role: 'senior' },
  {
    text: 'It is not revocation. The leaf is fine, but nothing links it to a root we trust. See session 1847, same client, in February.',
    onEntry: 7,
  },
  step(),
);
append(s46, 'presence', system, { online: false, runtimeLabel: 'hd' }, step());
append(s46, 'presence', system, { online: true, runtimeLabel: 'hd' }, step());
command(
  s46,
  'Get-Service IKEEXT, PolicyAgent, RasMan, RasAuto2',
  { state: 'completed_with_errors', words: 'exit 0 with errors', start: null },
  '\u001b[32;1mStatus   Name         StartType\u001b[0m\n\u001b[32;1m------   ----         ---------\u001b[0m\n\u001b[32mRunning\u001b[0m  IKEEXT       Automatic\n\u001b[32mRunning\u001b[0m  PolicyAgent  Manual\n\u001b[33mStopped\u001b[0m  RasMan       Manual\n',
  "\u001b[91mGet-Service: Cannot find any service with service name 'RasAuto2'.\u001b[0m\n",
  ran,
);
command(
  s46,
  '1..200000 | % { "line $_" }',
  {},
  Array.from({ length: 60_000 }, (_, i) => `line ${i + 1}`).join('\n') + '\n',
  '',
  ran,
);
command(
  s46,
  'Restart-Service IKEEXT -Force',
  {
    state: 'denied',
    risk: 'change',
    riskWhy: 'Restarts a service.',
    rule: 'P-2',
    startedAt: null,
    dispatchedAt: null,
    finishedAt: null,
    endpointStartedAt: null,
    endpointFinishedAt: null,
    start: null,
    exitCode: null,
    approval: approval('A9', s46, 'action', 20, {
      state: 'denied',
      account: 'Olivia Hart',
      answerReason: 'We are with a patient, not now.',
      decidedAt: ago(19),
    }),
  },
  '',
  '',
  ['command_accepted', 'command_policy', 'approval_requested', 'approval_decided', 'command_verdict'],
);
command(
  s46,
  './repair.sh',
  {
    state: 'outcome_unknown',
    shell: 'bash',
    words: 'It started, then the endpoint was restarted. Nobody knows how it ended.',
    exitCode: null,
    finishedAt: null,
    endpointFinishedAt: null,
  },
  'begin\n',
  '',
  ['command_accepted', 'command_policy', 'command_dispatched', 'command_started', 'command_verdict'],
);
command(s46, 'ping -t 10.20.4.1', { state: 'failed', exitCode: 2 }, '', 'Unreachable\n', ran);
command(
  s46,
  'certutil -addstore CA DigiCertG2.crt',
  {
    state: 'waiting_approval',
    risk: 'change',
    riskWhy: 'Adds a certificate.',
    rule: 'P-2',
    reason: 'install missing intermediate',
    startedAt: null,
    dispatchedAt: null,
    finishedAt: null,
    endpointStartedAt: null,
    endpointFinishedAt: null,
    start: null,
    exitCode: null,
    approval: waiting[2],
  },
  '',
  '',
  ['command_accepted', 'command_policy', 'approval_requested', 'approval_shown'],
);
append(
  s46,
  'message',
  { ...olivia, name: 'Olivia Hart' },
  { text: 'I can answer in a minute, someone is at the desk.', onEntry: null },
  step(),
);
s46['participants'] = [
  { name: 'Jun Park', kind: 'user', role: 'technician', firstAt: ago(31), lastAt: ago(3) },
  { name: 'Sam Whitfield', kind: 'user', role: 'senior', firstAt: ago(26), lastAt: ago(26) },
  { name: 'Olivia Hart', kind: 'end_user', role: null, firstAt: ago(31), lastAt: ago(1) },
];

/* Session 2044: a command in every state, and outputs of every kind. */
const s44 = sessionOf(2044);
append(s44, 'started', jun, { reason: 'every state of a command' }, ago(31));
const never = {
  startedAt: null,
  finishedAt: null,
  endpointStartedAt: null,
  endpointFinishedAt: null,
  start: null,
  exitCode: null,
};
const open = { exitCode: null, finishedAt: null, endpointFinishedAt: null };
const early = ['command_accepted', 'command_policy'];
command(s44, 'uptime', { ...never, state: 'proposed', dispatchedAt: null }, '', '', early);
command(
  s44,
  'rm -rf /',
  { ...never, state: 'refused', dispatchedAt: null, words: 'Policy P-9: never.' },
  '',
  '',
  early,
);
command(s44, 'df -h', { ...never, state: 'dispatched' }, '', '', early);
command(s44, 'make -j4', { ...open, state: 'running' }, 'cc main.c\n', '', early);
command(s44, 'sleep 900', { ...open, state: 'running', cancelRequestedAt: ago(1) }, '', '', early);
command(s44, 'kill -9 $$', { state: 'failed', exitCode: null, signal: 'SIGKILL' }, '', '', ran);
command(s44, 'fsck', { state: 'timed_out', exitCode: null, words: 'Stopped at its time limit.' }, 'pass 1\n', '', ran);
command(s44, 'tail -f log', { state: 'cancelled', exitCode: null, words: 'Cancelled by Jun Park' }, 'x\n', '', ran);
command(s44, 'hostname', { ...never, state: 'expired_unsent', words: null }, '', '', early);
const unknown = command(s44, './repair.sh', { ...open, state: 'outcome_unknown' }, 'begin\n', '', early);
command(s44, './repair.sh', { retryOf: unknown['id'] }, 'begin\nend\n', '', ran);
command(
  s44,
  'curl -O https://vendor.example/cache.tar',
  { state: 'completed_with_errors' },
  Array.from({ length: 40 }, (_, i) => `${i} %\r`).join('') + 'saved\n',
  Array.from({ length: 101 }, (_, i) => `\r######## ${i} %`).join('') + '\n',
  ran,
);
command(
  s44,
  'ipconfig',
  { shell: 'cmd' },
  Buffer.from('Verbindungslokale Adresse f\x81r B\x81ro: \xfc\0\x1b[31mrot\x1b[0m\n', 'latin1'),
  '',
  ran,
);
command(
  s44,
  'wmic os get caption',
  { shell: 'cmd' },
  Buffer.from('\ufeffCaption\r\nWindows 11 für Büros\r\n', 'utf16le'),
  '',
  ran,
);
command(s44, 'cat one-long-line', {}, 'x'.repeat(30_000) + ' end\nnext\n', '', ran);
command(s44, 'seq 1 1000000', {}, Array.from({ length: 1_000_000 }, (_, i) => `${i + 1}\n`).join(''), '', ran);

for (const number of [2049, 2048, 2042])
  append(
    sessionOf(number),
    'approval_requested',
    system,
    {
      approvalId: 'raw-x',
      kind: 'session',
      commandId: null,
      hash: 'h',
      title: 'Start',
      reason: 'to see what is wrong',
      changes: '',
      code: '4821',
      expiresAt: ago(-20),
    },
    ago(3),
  );
for (const s of sessions)
  if (!entries[String(s['id'])])
    append(
      s,
      'opened',
      jun,
      {
        number: s['number'],
        title: s['title'],
        request: s['request'],
        requester: s['requester'],
        channel: 'phone',
        priority: s['priority'],
        clientName: '',
        endpointName: '',
        simulated: false,
        ticket: null,
      },
      String(s['openedAt']),
    );

export const notifications: Bag[] = [
  {
    __typename: 'Notification',
    id: 'n1',
    kind: 'assigned',
    text: '2047 Printer queue stuck was assigned to you',
    link: '/s/2047',
    at: ago(3),
    readAt: null,
  },
  {
    __typename: 'Notification',
    id: 'n2',
    kind: 'approval_answered',
    text: 'Olivia Hart denied a command in 2046',
    link: '/s/2046#e15',
    at: ago(11),
    readAt: null,
  },
  {
    __typename: 'Notification',
    id: 'n3',
    kind: 'sla_warning',
    text: '2048 is near its consent limit',
    link: '/s/2048',
    at: ago(60),
    readAt: ago(50),
  },
];

const said = {
  readOnly: 'run',
  change: 'ask',
  destructive: 'ask_approver',
  otherIdentity: 'ask',
  riskFloor: null,
  approvalTimeoutSeconds: 1800,
  nobodySignedIn: 'refuse',
  severalPeople: null,
  lockedScreen: null,
  strong: null,
  quietHours: { zone: 'America/Chicago', windows: [{ days: [1, 2, 3, 4, 5], from: '18:00', to: '07:30' }] },
};
export const policy: Bag = {
  level: 'client_group',
  name: 'Dental',
  version: 12,
  withoutApprover: ['Lakeside Accounting'],
  above: [],
  below: [],
  document: said,
  versions: [
    {
      version: 12,
      document: said,
      changes: [
        'Commands that can destroy data: ask first → are refused',
        'Nobody is asked: not set here → Mon, Tue, Wed, Thu, Fri 18:00–07:30 (America/Chicago)',
      ],
      note: 'Agreed with the practice managers on Tuesday',
      madeBy: 'Ada Okafor',
      madeAt: ago(60 * 26),
    },
    {
      version: 11,
      document: said,
      changes: ['A question waits: 10 min → 30 min'],
      note: '',
      madeBy: 'Ada Okafor',
      madeAt: ago(60 * 24 * 40),
    },
  ],
};
export const holds: Bag[] = [
  ['readOnly', 'run', 'client_group', 12],
  ['change', 'ask', 'client_group', 12],
  ['destructive', 'refuse', 'organisation', 4],
  ['otherIdentity', 'ask', 'built_in', 0],
  ['riskFloor', 'read_only', 'built_in', 0],
  ['approvalTimeoutSeconds', '30 min', 'client_group', 12],
  ['quietHours', 'Mon, Tue, Wed, Thu, Fri 18:00–07:30 (America/Chicago)', 'client_group', 12],
  ['nobodySignedIn', 'refuse', 'endpoint', 1],
  ['severalPeople', 'ask', 'built_in', 0],
  ['lockedScreen', 'ask', 'built_in', 0],
].map(([name, says, level, version]) => ({ name, says, level, version }));
