import { createHash } from 'node:crypto';
import type { ApprovalScope } from '@throughline/domain/approval-scope';
import type { CommandSpec, Risk } from '@throughline/domain/command';
import { type FileTransfer, fileLine } from '@throughline/domain/file-transfer';
import type { BundleEntry, BundleFrame, ExportBundle } from '@throughline/domain/export-bundle';
import type { Verdict } from '@throughline/domain/verify-report';
import { IDS, RecordFixture, type ScopeEnded, randomSpki, testKey, wholeRecord } from './record-fixture.ts';

/** A changed file and what both verifiers have to say of it. */
export interface Vector {
  name: string;
  file: Uint8Array;
  verdict: Verdict;
  /** The entry that has to be among the faults. */
  entry?: number;
  trusted?: readonly string[];
}

type Change = (bundle: ExportBundle & Record<string, unknown>) => void;

const at = (bundle: ExportBundle, seq: number) => bundle.entries[seq - 1] as BundleEntry;
const frame = (bundle: ExportBundle, n: number) => bundle.outputs[0]?.frames[n] as BundleFrame;
const jsonBytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const fingerprint = (spki: Uint8Array) => createHash('sha256').update(spki).digest('hex');
const flip = (base64: string, byte: number) => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[byte] = (bytes[byte] as number) ^ 1;
  return bytes.toString('base64');
};

function tampered(
  name: string,
  verdict: Verdict,
  entry: number | undefined,
  change: Change,
  trusted?: string[],
): Vector {
  const bundle = wholeRecord() as ExportBundle & Record<string, unknown>;
  change(bundle);
  return { name, file: jsonBytes(bundle), verdict, entry, trusted };
}

/** Every entry of the good record with one byte changed in each of its parts. */
function everyEntry(): Vector[] {
  return wholeRecord().entries.flatMap(({ seq }) => [
    tampered(
      `one byte of the header of entry ${seq}`,
      'altered',
      seq,
      (b) => (at(b, seq).header = flip(at(b, seq).header, 30)),
    ),
    tampered(
      `one byte of the payload of entry ${seq}`,
      'altered',
      seq,
      (b) => (at(b, seq).payload = flip(at(b, seq).payload ?? '', 4)),
    ),
    tampered(
      `one byte of the salt of entry ${seq}`,
      'altered',
      seq,
      (b) => (at(b, seq).salt = flip(at(b, seq).salt ?? '', 15)),
    ),
    tampered(`the hash of entry ${seq}`, 'altered', seq, (b) => (at(b, seq).hash = 'a'.repeat(64))),
    tampered(`the payload hash of entry ${seq}`, 'altered', seq, (b) => (at(b, seq).payloadHash = 'b'.repeat(64))),
    tampered(`entry ${seq} dropped`, 'incomplete', seq, (b) => b.entries.splice(seq - 1, 1)),
  ]);
}

function chain(): Vector[] {
  const other = new RecordFixture();
  other.opened();
  other.append('message', { text: 'put in', onEntry: null });
  const foreign = other.bundle.entries[1] as BundleEntry;
  return [
    tampered('two entries swapped', 'altered', 4, (b) => b.entries.splice(3, 2, at(b, 5), at(b, 4))),
    tampered('two entries swapped and renumbered', 'altered', 4, (b) => {
      const [four, five] = [at(b, 4), at(b, 5)];
      b.entries.splice(3, 2, { ...five, seq: 4 }, { ...four, seq: 5 });
    }),
    tampered('an entry put in', 'altered', 6, (b) => b.entries.splice(5, 0, { ...foreign, seq: 6 })),
    tampered('an entry put in and the rest renumbered', 'altered', 6, (b) => {
      b.entries.splice(5, 0, foreign);
      b.entries.forEach((entry, i) => (entry.seq = i + 1));
      b.head.count += 1;
    }),
    tampered('an entry twice', 'altered', 3, (b) => b.entries.splice(3, 0, at(b, 3))),
    tampered('an entry dropped and the rest renumbered', 'altered', 7, (b) => {
      b.entries.splice(6, 1);
      b.entries.forEach((entry, i) => (entry.seq = i + 1));
      b.head.count -= 1;
    }),
    tampered('an entry of another session', 'altered', 2, (b) => {
      const header = Buffer.from(at(b, 2).header, 'base64').toString().replace(IDS.session, IDS.endpoint);
      at(b, 2).header = Buffer.from(header).toString('base64');
    }),
    tampered('the last entry and the head cut, a checkpoint left', 'incomplete', 24, (b) => {
      b.entries.pop();
      b.head = { count: 23, hash: at(b, 23).hash };
    }),
    tampered('no entries at all', 'incomplete', 1, (b) => (b.entries = [])),
    tampered('the session’s id', 'altered', 1, (b) => (b.session.id = IDS.msp)),
    tampered('the session’s number', 'altered', 1, (b) => (b.session.number = 1847)),
    tampered('the session’s endpoint', 'altered', undefined, (b) => (b.session.endpointId = IDS.msp)),
    tampered('a kind', 'altered', 2, (b) => (at(b, 2).kind = 'message')),
    tampered('a time', 'altered', 2, (b) => (at(b, 2).at = '2026-02-17T14:31:00.000Z')),
    tampered('the head’s hash', 'altered', 24, (b) => (b.head.hash = 'c'.repeat(64))),
    tampered('a head that counts less', 'altered', 24, (b) => (b.head.count = 23)),
    tampered('a payload taken away', 'incomplete', 3, (b) => (at(b, 3).payload = at(b, 3).salt = null)),
  ];
}

function output(): Vector[] {
  return [
    tampered('one byte of output', 'altered', 11, (b) => (frame(b, 1).bytes = flip(frame(b, 1).bytes, 3))),
    tampered('one byte of a runtime’s remark', 'altered', 11, (b) => (frame(b, 3).bytes = flip(frame(b, 3).bytes, 0))),
    tampered('the last piece of output dropped', 'incomplete', 11, (b) => b.outputs[0]?.frames.pop()),
    tampered('a middle piece of output dropped', 'incomplete', 11, (b) => b.outputs[0]?.frames.splice(1, 1)),
    tampered('a piece of output twice', 'altered', 11, (b) => b.outputs[0]?.frames.splice(1, 0, frame(b, 0))),
    tampered('a piece of output added', 'altered', 11, (b) =>
      b.outputs[0]?.frames.push({ seq: 5, stream: 2, off: 6, at: '', bytes: 'AA==' }),
    ),
    tampered('a piece on the other stream', 'altered', 11, (b) => (frame(b, 0).stream = 2)),
    tampered('a piece at another offset', 'altered', 11, (b) => (frame(b, 2).off = 8)),
    tampered('all output of a command dropped', 'incomplete', 11, (b) => b.outputs.shift()),
    tampered('output there twice', 'altered', undefined, (b) => b.outputs.push(b.outputs[0] as never)),
    tampered('output of an unknown command', 'altered', undefined, (b) =>
      b.outputs.push({ commandId: IDS.msp, frames: [] }),
    ),
    tampered('output under another command’s name', 'altered', undefined, (b) => {
      const [a, c] = b.outputs;
      if (a !== undefined && c !== undefined) [a.frames, c.frames] = [c.frames, a.frames];
    }),
    tampered('output that is not strict base64', 'malformed', 11, (b) => (frame(b, 0).bytes = 'YR==')),
  ];
}

function keys(): Vector[] {
  const good = [testKey(7).spki, testKey(9).spki].map(fingerprint);
  return [
    tampered('another key under the runtime’s name', 'altered', 5, (b) => {
      const runtime = b.runtimes[0];
      if (runtime !== undefined) runtime.publicKey = randomSpki().toString('base64');
    }),
    tampered('no runtime key', 'unknown_key', 5, (b) => (b.runtimes = [])),
    tampered('a key that is none', 'altered', 5, (b) => {
      const runtime = b.runtimes[0];
      if (runtime !== undefined) runtime.publicKey = 'AAAA';
    }),
    tampered('all keys trusted', 'valid', undefined, () => undefined, good),
    tampered('a runtime key that is not trusted', 'unknown_key', undefined, () => undefined, good.slice(1)),
    tampered('a checkpoint key that is not trusted', 'unknown_key', undefined, () => undefined, good.slice(0, 1)),
    tampered('another signature on the checkpoint', 'altered', undefined, (b) => {
      const { checkpoint } = b;
      if (checkpoint !== null) checkpoint.publicKey = randomSpki().toString('base64');
    }),
    tampered('another root in the checkpoint', 'altered', undefined, (b) => {
      const { checkpoint } = b;
      if (checkpoint !== null) checkpoint.note = checkpoint.note.replace('\n5\n', '\n6\n');
    }),
    tampered('another path to the root', 'altered', undefined, (b) => b.checkpoint?.proof.reverse()),
    tampered('no checkpoint', 'valid', undefined, (b) => (b.checkpoint = null)),
    { name: 'the whole chain made anew without its first lines', ...remade(), verdict: 'altered', entry: 24 },
  ];
}

/** Somebody with the database and the runtime’s key, but not the checkpoint’s: a consistent record of other words. */
function remade(): { file: Uint8Array } {
  const bundle = wholeRecord();
  const { checkpoint } = bundle;
  const record = new RecordFixture();
  record.opened();
  while (record.bundle.entries.length < 24) record.append('message', { text: 'nothing happened here', onEntry: null });
  return { file: jsonBytes({ ...record.bundle, checkpoint }) };
}

/** Records whose chain is sound and whose story is not. */
function order(): Vector[] {
  const told = (
    name: string,
    verdict: Verdict,
    entry: number | undefined,
    tell: (record: RecordFixture) => void,
  ): Vector => {
    const record = new RecordFixture();
    record.opened();
    tell(record);
    return { name, file: jsonBytes(record.bundle), verdict, entry };
  };
  const read = (record: RecordFixture) => record.propose(IDS.read, 'id', 'read_only', 'run');
  const change = (record: RecordFixture) => record.propose(IDS.change, 'rm x', 'change', 'ask');
  return [
    told('work before consent', 'altered', 6, (r) => {
      read(r);
      r.dispatch(IDS.read);
      r.consent();
    }),
    told('a change without its own approval', 'altered', 8, (r) => {
      r.consent();
      change(r);
      r.dispatch(IDS.change);
    }),
    told('a denied change that was sent', 'altered', 10, (r) => {
      r.consent();
      const hash = change(r);
      r.asks(IDS.changeApproval, 'action', IDS.change, hash);
      r.answers(IDS.changeApproval, 'action', IDS.change, hash, 'deny');
      r.dispatch(IDS.change);
    }),
    told('an approval of other words', 'altered', 10, (r) => {
      r.consent();
      change(r);
      r.asks(IDS.changeApproval, 'action', IDS.change, 'f'.repeat(64));
      r.answers(IDS.changeApproval, 'action', IDS.change, 'f'.repeat(64));
      r.dispatch(IDS.change);
    }),
    ...cited(told),
    ...unattended(told),
    ...shown(told),
    ...linked(told),
    told('an answer that nobody asked for', 'altered', 3, (r) =>
      r.answers(IDS.consent, 'session', null, 'f'.repeat(64)),
    ),
    told('a consent to another session', 'altered', 4, (r) => {
      r.asks(IDS.consent, 'session', null, 'f'.repeat(64));
      r.answers(IDS.consent, 'session', null, 'f'.repeat(64));
    }),
    told('a change that a policy let run unasked', 'altered', 7, (r) => {
      r.consent();
      r.propose(IDS.change, 'rm x', 'change', 'run');
    }),
    told('a command sent twice', 'altered', 9, (r) => {
      r.consent();
      read(r);
      r.dispatch(IDS.read);
      r.dispatch(IDS.read);
    }),
    told('a command that ran without being sent', 'altered', 3, (r) => r.run(IDS.read, [])),
    told('work after the end', 'altered', 9, (r) => {
      r.consent();
      read(r);
      r.complete();
      r.dispatch(IDS.read);
    }),
    told('a decision signed by another key', 'altered', 4, (r) => {
      const record = new RecordFixture();
      record.opened();
      record.consent();
      const forged = JSON.parse(Buffer.from(record.bundle.entries[3]?.payload ?? '', 'base64').toString()) as never;
      r.asks(IDS.consent, 'session', null, (forged as { hash: string }).hash);
      r.answers(IDS.consent, 'session', null, (forged as { hash: string }).hash, 'approve', testKey(8));
    }),
    told('an exit signed by another key', 'altered', 11, (r) => {
      r.consent();
      read(r);
      r.dispatch(IDS.read);
      r.run(IDS.read, [], testKey(8));
    }),
    told('a session still under way', 'valid', undefined, (r) => {
      r.consent();
      read(r);
      r.dispatch(IDS.read);
    }),
    told('an answer typed into a command', 'valid', undefined, (r) => {
      r.consent();
      r.propose(IDS.change, 'apt upgrade', 'change', 'ask', { input: true });
      const typed = { commandId: IDS.change, input: 1, text: 'y\n', end: false, orderHash: 'ab'.repeat(32) };
      r.append('command_input', typed);
      r.append('command_input_told', { commandId: IDS.change, input: 1, given: true, words: 'Given.' });
    }),
    told('text of every sort', 'valid', undefined, (r) =>
      r.append('message', { text: 'é \u2028 \u0000 \u001f \ud83d \ufffd 😀 "\\/ \u007f', onEntry: 1 }),
    ),
    told('a flag and what was said of it', 'valid', undefined, (r) => {
      r.append('flagged', { flagId: IDS.change, note: 'Which certificate?\n' });
      r.append('flag_reviewed', { flagId: IDS.change, verdict: 'redirect', note: 'The chain.' });
      r.append('flag_reviewed', { flagId: IDS.change, verdict: 'confirm', note: '' });
    }),
    told('a flag that was reviewed otherwise', 'malformed', 3, (r) =>
      r.append('flag_reviewed', { flagId: IDS.change, verdict: 'ignore' as 'confirm', note: '' }),
    ),
    told('a payload of another form', 'malformed', 3, (r) =>
      r.append('message', { text: 'x', onEntry: 1, more: 2 } as never),
    ),
    told('a payload that lacks a member', 'malformed', 3, (r) => r.append('message', { text: 'x' } as never)),
    told('an unknown kind', 'malformed', 3, (r) => r.append('gossip' as 'message', { text: 'x', onEntry: null })),
    told('a header with one member more', 'malformed', 3, (r) =>
      r.append('message', { text: 'x', onEntry: null }, { more: 1 } as never),
    ),
  ];
}

/** Answers by a mailed link, which say so in each of their parts or are not believed. */
function linked(told: Told): Vector[] {
  const page = { channel: 'loopback_page' as const, locked: false };
  return [
    told('a yes by a link', 'valid', undefined, (r) => r.linked()),
    told('a yes by a link that is called one at the device', 'altered', 10, (r) =>
      r.linked({ channel: 'endpoint_prompt' }),
    ),
    told('a yes by a link that was shown at the device', 'altered', 10, (r) => r.linked({}, page)),
    told('a yes by a link that says nothing of what was shown', 'altered', 10, (r) => r.linked({ shown: undefined })),
    told('a yes by a link that covers more than its command', 'altered', 10, (r) =>
      r.linked({ scope: { kind: 'exact', minutes: 60 } }),
    ),
    told('a yes at the device that is called one by a link', 'altered', 10, (r) => r.linked({ link: undefined }, page)),
    told('a yes at a link’s page without a link', 'altered', 10, (r) =>
      r.linked({ link: undefined, channel: 'endpoint_prompt' }),
    ),
    told('a yes at the device to a question that a link was mailed for', 'valid', undefined, (r) =>
      r.linked({ link: undefined, channel: 'endpoint_prompt' }, page),
    ),
  ];
}

type Told = (
  name: string,
  verdict: Verdict,
  entry: number | undefined,
  tell: (record: RecordFixture) => void,
) => Vector;

/** Commands that ran by policy: what the endpoint said its owner allows, and nothing else. */
function unattended(told: Told): Vector[] {
  const runs = (r: RecordFixture, risk: Risk = 'change', more: Partial<CommandSpec> = {}) => {
    r.propose(IDS.change, 'apt-get -y upgrade', risk, 'unattended', more);
    r.dispatch(IDS.change);
  };
  const root = { runAs: { kind: 'account', name: 'svc' } } as const;
  return [
    told('unattended work that the owner allows', 'valid', undefined, (r) => {
      r.unattended(['change']);
      runs(r);
    }),
    told('unattended work under another account that the owner allows', 'valid', undefined, (r) => {
      r.unattended(['change', 'other_identity']);
      runs(r, 'change', root);
    }),
    told('a person’s yes within an unattended session', 'valid', undefined, (r) => {
      r.unattended(['change']);
      const hash = r.propose(IDS.read, 'rm -r /srv/old', 'destructive', 'ask');
      r.asks(IDS.changeApproval, 'action', IDS.read, hash);
      r.answers(IDS.changeApproval, 'action', IDS.read, hash);
      r.dispatch(IDS.read);
    }),
    told('unattended work that no endpoint allowed', 'altered', 5, (r) => {
      r.propose(IDS.change, 'apt-get -y upgrade', 'change', 'unattended');
    }),
    told('unattended work within a person’s consent', 'altered', 7, (r) => {
      r.consent();
      runs(r);
    }),
    told('unattended work of a class that the owner does not allow', 'altered', 7, (r) => {
      r.unattended(['read_only', 'change']);
      runs(r, 'destructive');
    }),
    told('unattended work under an account that the owner does not allow', 'altered', 7, (r) => {
      r.unattended(['change']);
      runs(r, 'change', root);
    }),
    told('unattended work with its input open', 'altered', 7, (r) => {
      r.unattended(['change']);
      runs(r, 'change', { input: true });
    }),
    told('reading by a consent that nobody gave', 'altered', 8, (r) => {
      r.unattended(['read_only', 'change']);
      r.propose(IDS.read, 'id', 'read_only', 'run');
      r.dispatch(IDS.read);
    }),
    told('a change without its own approval in an unattended session', 'altered', 8, (r) => {
      r.unattended(['change']);
      r.propose(IDS.read, 'rm x', 'change', 'ask');
      r.dispatch(IDS.read);
    }),
    told('an unattended session of another endpoint', 'altered', 4, (r) =>
      r.unattended(['change'], { hash: 'f'.repeat(64) }),
    ),
    told('an unattended session that another key signed for', 'altered', 4, (r) =>
      r.unattended(['change'], { key: testKey(8) }),
    ),
    told('an unattended session with a class more than was signed', 'altered', 4, (r) =>
      r.unattended(['change'], { kept: { classes: ['change', 'destructive'] } }),
    ),
    told('an unattended session by another version than was signed', 'altered', 4, (r) =>
      r.unattended(['change'], { kept: { policyVersion: 4 } }),
    ),
  ];
}

/** Commands sent on an earlier yes: within what it says it covers, and not. */
function cited(told: Told): Vector[] {
  const place = { category: 'services', folder: null, shell: 'bash' } as const;
  const services = { kind: 'category', minutes: 15, atMost: 'change', ...place } as const;
  const again = { kind: 'exact', minutes: 15 } as const;
  const files = { ...services, category: 'files', folder: '/srv/app' } as const;
  const good = (scope: ApprovalScope, script: string) =>
    told(`a yes for ${scope.kind} covers ${script}`, 'valid', undefined, (r) => r.cites(scope, script));
  const bad = (scope: ApprovalScope | undefined, script: string, more: { after?: number; why?: string } = {}) =>
    told(`a yes ${scope?.kind ?? 'for one'} does not cover ${script}${more.why ?? ''}`, 'altered', 13, (r) =>
      r.cites(scope, script, more),
    );
  const ended = (name: string, when: ScopeEnded['when'], entry?: number, more: Omit<ScopeEnded, 'when'> = {}) =>
    told(`a scope that was ended ${name}`, entry === undefined ? 'valid' : 'altered', entry, (r) =>
      r.cites(services, 'systemctl stop cups', { ended: { when, ...more } }),
    );
  return [
    ended('after the last command that it covers', 'after'),
    ended('before a command cites it', 'before', 14),
    ended('before a command that cites it is sent', 'between', 15),
    ended('by another key', 'after', 15, { key: testKey(8) }),
    ended('at another time than was signed', 'after', 15, { kept: { endedAt: '2026-02-17T14:30:00.000Z' } }),
    ended('by another account than was signed', 'after', 15, { kept: { account: 'jun' } }),
    ended('and was never asked for', 'after', 15, { approvalId: IDS.read }),
    told('a scope that ended, and its own command again asked for', 'valid', undefined, (r) => {
      r.cites(services, 'systemctl stop cups');
      r.endsScope();
      r.append('message', { text: 'Ask again.', onEntry: null });
    }),
    good(services, 'systemctl stop cups'),
    good(services, 'service cups restart'),
    good(again, 'systemctl restart cups'),
    good(files, "rm '/srv/app/old file' /srv/app/x/y/"),
    bad(undefined, 'systemctl restart cups'),
    bad(services, 'systemctl restart cups', { after: 20, why: ' when its time is over' }),
    bad(again, 'systemctl restart cups '),
    bad({ ...services, atMost: 'read_only' }, 'systemctl restart cups', { why: ' of a worse class' }),
    bad({ ...services, shell: 'sh' }, 'systemctl restart cups', { why: ' of another shell' }),
    ...['rm /srv/application/x', 'rm /srv/app', 'rm /srv/app/../x', 'rm x /srv/app/y', 'rm --x /srv/app/y'].map(
      (script) => bad(files, script),
    ),
    ...[
      'cupsenable x',
      'systemctl restart cups; id',
      'systemctl restart cups\nid',
      'systemctl restart $x',
      "systemctl restart 'cups'x",
      'systemctl start systemd-poweroff',
      'systemctl enable /tmp/evil.service',
      'systemctl mask cups',
      "'systemctl' restart cups",
      'systemctl restart \u0441ups',
      'toString x',
    ].map((script) => bad(services, script)),
  ];
}

/** What a page is said to have shown: the text that was signed for, with the whole command, and not. */
function shown(told: Told): Vector[] {
  const script = 'printf "ñ\u202e\\n"';
  const text = `¿Puede Jun cambiar algo?\n${script}\nUna vez.`;
  return [
    told('a message that the person was shown', 'valid', undefined, (r) =>
      r.append('message', { text: 'x', onEntry: null, toPerson: true }),
    ),
    told('a message that says falsely that it was not shown', 'malformed', 3, (r) =>
      r.append('message', { text: 'x', onEntry: null, toPerson: false } as never),
    ),
    told('a page that showed the command', 'valid', undefined, (r) => r.shows(script, (of) => of.page(text))),
    told('another text than the one that was signed for', 'altered', 9, (r) =>
      r.shows(script, (of) => of.page(text), { text: `${text} ` }),
    ),
    told('a page that showed another command', 'altered', 9, (r) => r.shows(script, (of) => of.page('ls\nOnce.'))),
    ...([{ shownAt: '2026-02-17T14:30:00.000Z' }, { language: 'en' }, { locked: null }] as const).map((kept) =>
      told(`a page that was not as it was signed: ${Object.keys(kept).join()}`, 'altered', 9, (r) =>
        r.shows(script, (of) => of.page(text), kept),
      ),
    ),
    told('a time of showing in another spelling', 'altered', 9, (r) =>
      r.shows(script, (of) => of.page(text), { shownAt: '2026-02-17T14:31:15Z' }),
    ),
    told('a page of an unknown language', 'malformed', 9, (r) =>
      r.shows(script, (of) => of.page(text), { language: 'xx' as 'en' }),
    ),
  ];
}

function form(): Vector[] {
  const good = Buffer.from(jsonBytes(wholeRecord()));
  const raw = (name: string, file: Uint8Array): Vector => ({ name, file, verdict: 'malformed' });
  return [
    raw('nothing', new Uint8Array()),
    raw('a truncated file', good.subarray(0, good.length - 40)),
    raw('a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), good])),
    raw('bad UTF-8', Buffer.concat([good.subarray(0, 300), Buffer.from([0xff]), good.subarray(300)])),
    raw('another format', jsonBytes({ hello: 'world' })),
    raw('null', jsonBytes(null)),
    raw('a list', jsonBytes([])),
    raw('a number JSON does not have', Buffer.from(good.toString().replace('"number":1902', '"number":NaN'))),
    raw('nesting without end', Buffer.from('['.repeat(200_000) + ']'.repeat(200_000))),
    tampered('an unknown member at the top', 'malformed', undefined, (b) => (b.more = 1)),
    tampered('an unknown member in an entry', 'malformed', undefined, (b) => Object.assign(at(b, 2), { more: 1 })),
    tampered('a later version', 'malformed', undefined, (b) => Object.assign(b, { version: 2 })),
    tampered('a fraction for a number', 'malformed', undefined, (b) => (at(b, 2).seq = 2.5)),
    tampered('a number over 2^53', 'malformed', undefined, (b) => (b.session.number = 2 ** 53)),
    tampered('a word for a number', 'malformed', undefined, (b) => Object.assign(b.head, { count: '24' })),
    tampered('true for a number', 'malformed', undefined, (b) => Object.assign(b.head, { count: true })),
    tampered('capital letters in a hash', 'malformed', undefined, (b) => (at(b, 2).hash = at(b, 2).hash.toUpperCase())),
    tampered('a line feed after a hash', 'malformed', undefined, (b) => (at(b, 2).hash += '\n')),
    tampered('no member for the checkpoint', 'malformed', undefined, (b) => Reflect.deleteProperty(b, 'checkpoint')),
    tampered(
      'base64 without padding',
      'malformed',
      2,
      (b) => (at(b, 2).salt = (at(b, 2).salt ?? '').replaceAll('=', '')),
    ),
    tampered(
      'base64 with a line feed',
      'malformed',
      2,
      (b) => (at(b, 2).header = `${at(b, 2).header.slice(0, 4)}\n${at(b, 2).header.slice(4)}`),
    ),
    {
      name: 'white space around',
      file: Buffer.concat([Buffer.from('\n '), good, Buffer.from('\n')]),
      verdict: 'valid',
    },
    { name: 'the good record', file: good, verdict: 'valid' },
  ];
}

/** F040: transfers whose chain is sound, good ones and forged ones. */
function files(): Vector[] {
  const sum = { bytes: 1_300, sha256: 'ab'.repeat(32) };
  const path = '/usr/local/share/ca-certificates/Büro G2.crt';
  const push: FileTransfer = { direction: 'to_endpoint', path, ...sum, overwrite: false };
  const pull: FileTransfer = { direction: 'from_endpoint', path, maxBytes: 5_000 };
  const told = (
    name: string,
    verdict: Verdict,
    file: FileTransfer,
    change: { line?: string; words?: string; payload?: object } = {},
  ): Vector => {
    const record = new RecordFixture();
    record.opened();
    record.moves(file, change.line ?? fileLine(path, sum), change.words);
    const payload = { commandId: IDS.change, direction: file.direction, path, ...sum, ...change.payload };
    const entry = record.append('file_transferred', payload);
    return {
      name: `a file: ${name}`,
      file: jsonBytes(record.bundle),
      verdict,
      ...(verdict === 'altered' && { entry }),
    };
  };
  const to = (change: string): FileTransfer => ({ ...push, path: change });
  return [
    told('sent as approved', 'valid', push),
    told('sent over another', 'valid', { ...push, overwrite: true }),
    told('fetched', 'valid', pull),
    told('other bytes than were approved', 'altered', push, { payload: { bytes: 1_301 } }),
    told('another hash than was approved', 'altered', push, { payload: { sha256: 'cd'.repeat(32) } }),
    told('another path', 'altered', push, { payload: { path: '/tmp/x' } }),
    told('the other way', 'altered', push, { payload: { direction: 'from_endpoint' } }),
    told('fetched, and another one kept', 'altered', pull, { payload: { sha256: 'cd'.repeat(32) } }),
    told('not signed for', 'altered', push, { line: 'done\n' }),
    told('words that say another path', 'malformed', push, { words: 'Put file /tmp/harmless (1300 bytes)' }),
    told('a path with ..', 'malformed', to('/etc/../root/x')),
    told('a path with a mark that cannot be seen', 'malformed', to('/tmp/a\u202eb')),
    told('a path that is not whole', 'malformed', to('x.crt')),
    told('a path of Windows', 'altered', to('C:\\Users\\Public\\x.crt')),
    told('a hash in capitals', 'malformed', { ...push, sha256: 'AB'.repeat(32) }),
    told('a direction there is none', 'malformed', { ...pull, direction: 'sideways' as 'from_endpoint' }),
    told('a member too many', 'malformed', { ...pull, more: 1 } as never),
  ];
}

export const vectors = (): Vector[] => [
  ...form(),
  ...everyEntry(),
  ...chain(),
  ...output(),
  ...keys(),
  ...order(),
  ...files(),
];
