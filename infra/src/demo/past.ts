import type { PersonKey } from './house.ts';
import { type PastPerson, PastSession, type PastWorld } from './past-session.ts';
import type { PlacedComputer } from './place.ts';

export interface Cast {
  people: Record<PersonKey, PastPerson>;
  computers: Record<string, PlacedComputer>;
}

const DAY_MS = 86_400_000;

/** The 17th of February before `now`, with two weeks between: session 1847 is from then. */
export function februaryBefore(now: Date): Date {
  const year =
    now.getTime() - Date.UTC(now.getUTCFullYear(), 1, 17) > 14 * DAY_MS
      ? now.getUTCFullYear()
      : now.getUTCFullYear() - 1;
  return new Date(Date.UTC(year, 1, 17, 15, 31));
}

/** Northgate's past: nine sessions that ended in every way a session can end. Returns their numbers, the highest last. */
export async function tellPast(world: PastWorld, cast: Cast, now: Date): Promise<number[]> {
  const ago = (days: number, hour: number) =>
    new Date(Math.floor(now.getTime() / DAY_MS - days) * DAY_MS + hour * 3_600_000);
  const stories: [number, (number: number) => Promise<PastSession>][] = [
    [1847, (number) => missingIntermediate(world, cast, number, februaryBefore(now))],
    [1856, (number) => labelPrinter(world, cast, number, ago(12, 15))],
    [1861, (number) => shareNotFound(world, cast, number, ago(10, 16))],
    [1868, (number) => saidNo(world, cast, number, ago(8, 14))],
    [1874, (number) => nobodyAnswered(world, cast, number, ago(7, 20))],
    [1880, (number) => handedUp(world, cast, number, ago(5, 17))],
    [1886, (number) => deniedChange(world, cast, number, ago(4, 15))],
    [1891, (number) => endedByUser(world, cast, number, ago(2, 18))],
    [1897, (number) => slowLedger(world, cast, number, ago(1, 15))],
  ];
  const numbers: number[] = [];
  for (const [number, tell] of stories) {
    await (await tell(number)).close();
    numbers.push(number);
  }
  return numbers;
}

async function missingIntermediate(
  world: PastWorld,
  { people, computers }: Cast,
  number: number,
  at: Date,
): Promise<PastSession> {
  const { sam, jun } = people;
  const past = await PastSession.open(world, {
    number,
    at,
    by: jun,
    computer: of(computers, 'HARB-WS-07'),
    title: 'VPN sign-in fails: the server’s certificate is not trusted',
    request: 'Since the weekend the VPN asks for the password again and again. Two other desks have it, too.',
    requester: 'Olivia Hart',
    channel: 'phone',
    priority: 'urgent',
  });
  await past.wait(6);
  const consent = await past.start(jun, 'the VPN does not trust its server any more');
  await past.answer(consent, 'approve');
  const store = await past.run({
    by: jun,
    script: 'certutil -store -v my "Client Authentication"',
    reason: 'see which chain Windows builds for the VPN certificate',
    exit: 0,
    out: CHAIN,
  });
  await past.say(jun, 'Looks like the chain stops in the middle. Is the root gone?', store);
  await past.say(
    sam,
    'The root is there; what is missing is the intermediate between. CERT_TRUST_IS_PARTIAL_CHAIN (partial_chain) says just that. List the CA store and compare.',
    store,
  );
  const list = await past.run({
    by: jun,
    script: 'certutil -dump -store CA',
    reason: 'list the intermediates that this computer knows',
    out: INTERMEDIATES,
  });
  await past.say(
    sam,
    'No DigiCert G2 in the list. The authority issues from it since January. Add that intermediate, leave the root alone.',
    list,
  );
  await past.run({
    by: jun,
    script: 'certutil -addstore CA C:\\ProgramData\\Northgate\\DigiCertG2.crt',
    reason: 'install the missing intermediate certificate "DigiCert G2"',
    out: 'CA "Intermediate Certification Authorities"\r\nCertificate "DigiCert G2" added to store.\r\nCertUtil: -addstore command completed successfully.\r\n',
  });
  const proof = await past.run({
    by: jun,
    script: 'certutil -verify C:\\ProgramData\\Northgate\\radius.cer',
    reason: 'check the chain again',
    out: 'Verified Issuance Policies: None\r\nVerified Application Policies: 1.3.6.1.5.5.7.3.1 Server Authentication\r\nLeaf certificate revocation check passed\r\nCertUtil: -verify command completed successfully.\r\n',
  });
  await past.say(
    sam,
    'Remember the pattern: a partial chain means a missing intermediate far more often than a bad root.',
  );
  await past.complete(
    jun,
    'resolved',
    'The chain of the VPN server’s certificate was incomplete: the intermediate "DigiCert G2" was missing on the computer. Added it; the root was not touched. The other two desks need the same.',
    proof,
  );
  return past;
}

async function labelPrinter(
  world: PastWorld,
  { people, computers }: Cast,
  number: number,
  at: Date,
): Promise<PastSession> {
  const { theo, dana } = people;
  const past = await PastSession.open(world, {
    number,
    at,
    by: theo,
    computer: of(computers, 'BRIT-NORTH-01'),
    title: 'Label printer prints blank labels every afternoon',
    request: 'Around three it starts printing blanks. In the morning it is fine.',
    requester: 'Ken Abe',
    channel: 'e-mail',
  });
  await past.assign(theo, dana);
  const consent = await past.start(theo, 'the label printer prints blanks');
  await past.answer(consent, 'approve');
  await past.run({
    by: theo,
    script: 'Get-Printer -Name "Labels" | Format-List Name,DriverName,PortName,PrinterStatus',
    reason: 'see driver and state of the printer',
    out: 'Name          : Labels\r\nDriverName    : ZDesigner ZD421 (Copy 2)\r\nPortName      : USB003\r\nPrinterStatus : Normal\r\n',
  });
  const jobs = await past.run({
    by: theo,
    script: 'Get-PrintJob -PrinterName "Labels" | Select-Object Id,SubmittedTime,JobStatus',
    reason: 'look for stuck jobs',
    out: 'Id SubmittedTime        JobStatus\r\n-- -------------        ---------\r\n17 14:58:03             Error, Retained\r\n18 14:58:40             Retained\r\n',
  });
  await past.run({
    by: theo,
    script: 'Set-Printer -Name "Labels" -DriverName "ZDesigner ZD421" -KeepPrintedJobs $false',
    reason: 'use the original driver, and stop keeping printed jobs',
  });
  await past.complete(
    theo,
    'resolved',
    'A second copy of the driver kept finished jobs until its memory was full. Back on the original driver, jobs are no longer kept.',
    jobs,
  );
  return past;
}

async function shareNotFound(
  world: PastWorld,
  { people, computers }: Cast,
  number: number,
  at: Date,
): Promise<PastSession> {
  const { jun } = people;
  const past = await PastSession.open(world, {
    number,
    at,
    by: jun,
    computer: of(computers, 'CLIENT-ACCT-01'),
    title: 'The scans folder is gone from the sidebar',
    request: 'The S: drive is not there this morning.',
    requester: 'Paula Reyes',
    channel: 'phone',
  });
  const consent = await past.start(jun, 'the S: drive is missing');
  await past.answer(consent, 'approve');
  await past.run({
    by: jun,
    script: 'Get-SmbMapping',
    reason: 'see which drives are mapped',
    err: 'Get-SmbMapping : The RPC server is unavailable.\r\n',
    exit: 1,
  });
  await past.say(
    jun,
    'Restarting the workstation service brought it back once before, but Paula is in the middle of payroll. She calls again tomorrow.',
  );
  await past.complete(
    jun,
    'unresolved',
    'The drive mapping service does not answer. A restart is needed and has to wait for payroll to finish.',
    'Not possible before the restart.',
  );
  return past;
}

async function saidNo(world: PastWorld, { people, computers }: Cast, number: number, at: Date): Promise<PastSession> {
  const { sam } = people;
  const past = await PastSession.open(world, {
    number,
    at,
    by: sam,
    computer: of(computers, 'CEDR-WS-01'),
    title: 'Outlook is slow to open shared mailboxes',
    request: 'Opening the shared mailbox takes a minute.',
    requester: 'Iris Cole',
    channel: 'e-mail',
  });
  const consent = await past.start(sam, 'the shared mailbox is slow');
  await past.answer(consent, 'deny', 'In a client meeting, please call after four.');
  return past;
}

async function nobodyAnswered(
  world: PastWorld,
  { people, computers }: Cast,
  number: number,
  at: Date,
): Promise<PastSession> {
  const { friday, dana } = people;
  const past = await PastSession.open(world, {
    number,
    at,
    by: friday,
    computer: of(computers, 'BRIT-WEST-01'),
    title: 'Disk space warning on the press PC',
    request: 'The monitor says 4 % free.',
    requester: 'Ken Abe',
    channel: 'monitoring',
  });
  await past.assign(friday, dana);
  await past.start(friday, 'the disk is nearly full');
  await past.wait(45);
  return past;
}

async function handedUp(world: PastWorld, { people, computers }: Cast, number: number, at: Date): Promise<PastSession> {
  const { friday, sam } = people;
  const past = await PastSession.open(world, {
    number,
    at,
    by: friday,
    computer: of(computers, 'CLIENT-ACCT-01'),
    title: 'A registry tweak from a forum, and now Excel will not start',
    request: 'Somebody changed a registry value to speed Excel up. Since then it closes at once.',
    requester: 'Paula Reyes',
    channel: 'phone',
    priority: 'urgent',
  });
  const consent = await past.start(friday, 'Excel closes at once');
  await past.answer(consent, 'approve');
  await past.run({
    by: friday,
    script: 'Get-ItemProperty "HKCU:\\Software\\Microsoft\\Office\\16.0\\Excel\\Options"',
    reason: 'see which value was changed',
    out: 'DisableHardwareAcceleration : 1\r\nOPEN                        : /R "C:\\Temp\\speedup.xll"\r\n',
  });
  await past.escalate(sam, friday, 'The value loads an add-in that I do not know. I do not want to touch it alone.');
  await past.say(
    sam,
    'That add-in is not ours and not Microsoft’s. This goes to the vendor of the accounting suite, and the computer stays off the network until then.',
  );
  await past.complete(
    sam,
    'escalated_out',
    'An unknown add-in (speedup.xll) is loaded by Excel’s OPEN value. Handed to the vendor and to security; nothing was changed by us.',
    'The vendor verifies.',
  );
  return past;
}

async function deniedChange(
  world: PastWorld,
  { people, computers }: Cast,
  number: number,
  at: Date,
): Promise<PastSession> {
  const { jun, mona } = people;
  const past = await PastSession.open(world, {
    number,
    at,
    by: jun,
    computer: of(computers, 'HARB-WS-07'),
    title: 'X-ray viewer asks for a licence again',
    request: 'The viewer wants its licence key at every start.',
    requester: 'Olivia Hart',
    channel: 'phone',
  });
  const consent = await past.start(jun, 'the viewer asks for its licence');
  await past.answer(consent, 'approve');
  const cached = 'C:\\ProgramData\\XRayView\\licence.cache';
  await past.run({
    by: jun,
    script: `Remove-Item "${cached}"`,
    reason: 'delete the stale licence cache, the viewer makes a new one',
    answer: 'deny',
  });
  await past.say(mona, 'Good that you asked: rename instead of delete, then there is a way back.');
  await past.run({
    by: jun,
    script: `Rename-Item "${cached}" "licence.cache.old"`,
    reason: 'put the stale licence cache aside; it can be put back',
    answer: 'approve',
  });
  const proof = await past.run({
    by: jun,
    script: `Test-Path "${cached}"`,
    reason: 'see whether the viewer has written a new one',
    out: 'True\r\n',
  });
  await past.complete(
    jun,
    'resolved',
    'Stale licence cache renamed; the viewer wrote a new one and starts without asking.',
    proof,
  );
  return past;
}

async function endedByUser(
  world: PastWorld,
  { people, computers }: Cast,
  number: number,
  at: Date,
): Promise<PastSession> {
  const { theo } = people;
  const past = await PastSession.open(world, {
    number,
    at,
    by: theo,
    computer: of(computers, 'BRIT-EAST-01'),
    title: 'Monitor flickers after the update',
    request: 'Flickers every few seconds.',
    requester: 'Front desk',
    channel: 'chat',
  });
  const consent = await past.start(theo, 'the screen flickers');
  await past.answer(consent, 'approve');
  await past.run({
    by: theo,
    script: 'Get-CimInstance Win32_VideoController | Select-Object Name,DriverVersion',
    reason: 'see the display driver',
    out: 'Name                   DriverVersion\r\n----                   -------------\r\nIntel(R) UHD Graphics  31.0.101.2125\r\n',
  });
  await past.endAtTheComputer();
  return past;
}

async function slowLedger(
  world: PastWorld,
  { people, computers }: Cast,
  number: number,
  at: Date,
): Promise<PastSession> {
  const { sam, dana } = people;
  const past = await PastSession.open(world, {
    number,
    at,
    by: sam,
    computer: of(computers, 'CLIENT-ACCT-01'),
    title: 'The ledger takes minutes to open',
    request: 'Opening the ledger takes three minutes since Monday.',
    requester: 'Paula Reyes',
    channel: 'phone',
  });
  await past.assign(sam, dana);
  await past.wait(70); // late: the response clock warns and breaches
  const consent = await past.start(sam, 'the ledger is slow to open');
  await past.answer(consent, 'approve');
  const rows = Array.from(
    { length: 400 },
    (_, i) =>
      `${String(i + 1).padStart(4)}  ledger-${2026 - (i % 9)}-${String((i % 12) + 1).padStart(2, '0')}.idx  ${(i * 37) % 911} ms`,
  );
  const proof = await past.run({
    by: sam,
    script: 'Get-Content C:\\Ledger\\logs\\open.log',
    reason: 'see which index takes the time',
    out: `${rows.join('\r\n')}\r\nslowest: ledger-2019-07.idx (rebuild advised)\r\n`,
  });
  await past.complete(
    sam,
    'resolved',
    'One old index took nearly all of the time. Paula rebuilt it in the program; opening takes four seconds now.',
    proof,
  );
  return past;
}

function of(computers: Record<string, PlacedComputer>, name: string): PlacedComputer {
  const found = computers[name];
  if (found === undefined) throw new Error(`the demo has no computer ${name}`);
  return found;
}

/** Rivermark's only session; it happens to have the same number. */
export async function tellNeighbour(
  world: PastWorld,
  person: PastPerson,
  computer: PlacedComputer,
  now: Date,
): Promise<void> {
  const past = await PastSession.open(world, {
    number: 1847,
    at: new Date(now.getTime() - 20 * DAY_MS),
    by: person,
    computer,
    title: 'Till two prints receipts twice',
    request: 'Every receipt comes out two times.',
    requester: 'Till two',
    channel: 'phone',
  });
  const consent = await past.start(person, 'receipts are printed twice');
  await past.answer(consent, 'approve');
  const proof = await past.run({
    by: person,
    script: 'Get-Printer | Select-Object Name,PortName',
    reason: 'look for a second queue on the same port',
    out: 'Name      PortName\r\n----      --------\r\nReceipts  COM3\r\nReceipts2 COM3\r\n',
  });
  await past.complete(person, 'resolved', 'Two queues on one port; the second was switched off at the till.', proof);
  await past.close();
}

const CHAIN = `my "Personal"
================ Certificate 0 ================
Serial Number: 0a7d41c2e95b
Issuer: CN=Harbor Issuing CA
Subject: CN=radius.harbordental.example
  CertContext[0][0]: dwInfoStatus=10c dwErrorStatus=40010000
    Element.dwErrorStatus = CERT_TRUST_IS_PARTIAL_CHAIN (0x10000)
    Application[0] = 1.3.6.1.5.5.7.3.2 Client Authentication
CertUtil: -store command completed successfully.
`.replaceAll('\n', '\r\n');

const INTERMEDIATES = `CA "Intermediate Certification Authorities"
================ Certificate 0 ================
Subject: CN=Harbor Issuing CA
================ Certificate 1 ================
Subject: CN=Root Agency
CertUtil: -dump command completed successfully.
`.replaceAll('\n', '\r\n');
