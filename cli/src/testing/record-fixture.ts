import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { SoftPasskey, pinsOf } from '@throughline/agent/testing/soft-passkey';
import { actionHash, consentHash } from '@throughline/domain/action';
import type { ApprovalScope } from '@throughline/domain/approval-scope';
import type { CommandExit } from '@throughline/domain/agent-protocol';
import { type Canonical, canonicalJson } from '@throughline/domain/canonical';
import { checkpointNote, checkpointText, headLeaf } from '@throughline/domain/checkpoint';
import type { CommandSpec, Risk } from '@throughline/domain/command';
import {
  type EntryHeader,
  type EntryKind,
  type EntryPayload,
  type ShownEntry,
  signedOfShown,
} from '@throughline/domain/entry';
import { type FileTransfer, fileScript } from '@throughline/domain/file-transfer';
import type { BundleFrame, ExportBundle } from '@throughline/domain/export-bundle';
import { EMPTY_FRONTIER, appendLeaf, inclusionProof, merkleRoot } from '@throughline/domain/merkle-tree';
import { outputChainNext, outputChainStart } from '@throughline/domain/output-chain';
import { chainNext, chainStart, leafHash, payloadHash } from '@throughline/domain/record-chain';
import { type KeptAssertion, type PasskeyAnswer, keptAssertion } from '@throughline/domain/passkey';
import type { ActionClass } from '@throughline/domain/policy';
import { decisionBytes, exitBytes, scopeEndBytes } from '@throughline/domain/signed-bytes';
import { unattendedBytes } from '@throughline/domain/unattended';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const IDS = {
  msp: uuid(1),
  session: uuid(2),
  endpoint: uuid(3),
  runtime: uuid(4),
  technician: uuid(5),
  consent: uuid(6),
  read: uuid(7),
  change: uuid(8),
  changeApproval: uuid(9),
  link: uuid(10),
};

export interface TestKey {
  spki: Buffer;
  sign(bytes: Uint8Array): string;
}

/** An Ed25519 key from a seed, so that a failing vector can be made again. */
export function testKey(seed: number): TestKey {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { spki, sign: (bytes) => sign(null, bytes, privateKey).toString('base64') };
}

export const randomSpki = (): Buffer =>
  generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' });

/** How the person ends a scope: before the command that cites it, between the two, or after; and what is wrong with that. */
export interface ScopeEnded {
  when: 'before' | 'between' | 'after';
  key?: TestKey;
  approvalId?: string;
  kept?: Partial<EntryPayload<'approval_scope_ended'>>;
}

/** Builds a record step by step, with real hashes and signatures. What is appended is not judged: a bad record can be built too. */
export class RecordFixture {
  readonly runtime: TestKey;
  readonly bundle: ExportBundle;
  private head: Uint8Array;
  private clock = Date.parse('2026-02-17T14:31:00.000Z');

  constructor(runtime: TestKey = testKey(7)) {
    this.runtime = runtime;
    this.head = chainStart(sha256, IDS.session);
    this.bundle = {
      format: 'throughline/record',
      version: 1,
      exportedAt: '2026-02-18T09:00:00.000Z',
      session: {
        mspId: IDS.msp,
        id: IDS.session,
        number: 1902,
        title: 'Sign-in page shows a certificate warning',
        clientName: 'Harbor Dental',
        endpointId: IDS.endpoint,
        endpointName: 'HARB-WS-07',
      },
      entries: [],
      outputs: [],
      runtimes: [{ id: IDS.runtime, label: 'HARB-WS-07-runtime', publicKey: b64(runtime.spki) }],
      head: { count: 0, hash: '' },
      checkpoint: null,
    };
  }

  now(): string {
    this.clock += 1_000;
    return new Date(this.clock).toISOString();
  }

  append<K extends EntryKind>(kind: K, payload: EntryPayload<K>, changes: Partial<EntryHeader> = {}): number {
    const { entries, head } = this.bundle;
    const seq = entries.length + 1;
    const header: EntryHeader = {
      v: 1,
      mspId: IDS.msp,
      sessionId: IDS.session,
      kind,
      actor: { kind: 'system' },
      origin: 'workflow',
      at: this.now(),
      ...changes,
    };
    const [headerBytes, payloadBytes] = [header, payload].map((part) => Buffer.from(canonicalJson(part as Canonical)));
    const salt = sha256(Buffer.from(`salt ${seq}`)).subarray(0, 16);
    const sum = payloadHash(sha256, salt, payloadBytes as Buffer);
    this.head = chainNext(sha256, this.head, seq, leafHash(sha256, headerBytes as Buffer, sum));
    entries.push({
      seq,
      kind,
      at: header.at,
      header: b64(headerBytes as Buffer),
      payloadHash: hex(sum),
      salt: b64(salt),
      payload: b64(payloadBytes as Buffer),
      hash: hex(this.head),
    });
    head.count = seq;
    head.hash = hex(this.head);
    return seq;
  }

  opened(): void {
    const { number, title, clientName, endpointName } = this.bundle.session;
    this.append('opened', {
      number,
      title,
      request: 'Since this morning \u2028 only this PC 🔒',
      requester: 'Olivia Hart',
      channel: 'phone',
      priority: 'urgent',
      clientName,
      endpointName,
      simulated: false,
      ticket: null,
    });
    this.append('assigned', { from: null, to: 'Jun Park', toId: IDS.technician, reason: '' });
  }

  asks(approvalId: string, kind: 'session' | 'action', commandId: string | null, hash: string): void {
    this.append('approval_requested', {
      approvalId,
      kind,
      commandId,
      hash,
      title: 'May Jun work on this computer?',
      reason: 'To look at the certificate chain',
      changes: 'Jun can look.',
      code: '0417',
      expiresAt: this.now(),
    });
  }

  answers(
    approvalId: string,
    kind: 'session' | 'action',
    commandId: string | null,
    hash: string,
    decision: 'approve' | 'deny' = 'approve',
    key: TestKey = this.runtime,
    scope?: ApprovalScope,
    shown?: ShownEntry,
    kept = shown,
  ): void {
    const decidedAt = this.now();
    const said = { approvalId, decision, reason: '', account: 'HARB\\olivia.hart', hash };
    this.append('approval_decided', {
      ...said,
      kind,
      commandId,
      channel: 'endpoint_prompt',
      requestedAt: this.now(),
      shownAt: null,
      decidedAt,
      signature: key.sign(
        decisionBytes({ ...said, at: Date.parse(decidedAt), scope, shown: shown && signedOfShown(shown) }),
      ),
      ...(scope === undefined ? {} : { scope }),
      ...(kept === undefined ? {} : { shown: kept }),
    });
  }

  /** A command that was allowed by a mailed link, and sent; `tells` changes what the signed answer or the entry says of its way. */
  linked(tells: Partial<EntryPayload<'approval_decided'>> = {}, page: Partial<ShownEntry> = {}): void {
    this.consent();
    const hash = this.propose(IDS.change, 'systemctl restart cups', 'change', 'ask');
    this.asks(IDS.changeApproval, 'action', IDS.change, hash);
    const to = { name: 'Olivia Hart', email: 'olivia@harbor.example' };
    const [sentAt, openedAt, answeredAt] = [this.now(), this.now(), this.now()];
    const expiresAt = this.now();
    this.append('approval_link_sent', { approvalId: IDS.changeApproval, linkId: IDS.link, ...to, expiresAt });
    const shown = { ...this.page('systemctl restart cups'), channel: 'link_page' as const, locked: null, ...page };
    const link = { id: IDS.link, ...to, sentAt, openedAt, answeredAt };
    const decidedAt = this.now();
    const said = { approvalId: IDS.changeApproval, decision: 'approve' as const, reason: '', account: to.name, hash };
    const way = { channel: 'link', shown, link, scope: undefined, ...tells };
    const signed = { shown: way.shown && signedOfShown(way.shown), link: way.link, scope: way.scope };
    const signature = this.runtime.sign(decisionBytes({ ...said, ...signed, at: Date.parse(decidedAt) }));
    const entry = { ...said, kind: 'action', commandId: IDS.change, requestedAt: sentAt, shownAt: null, decidedAt };
    // What is undefined is left out of the file.
    const kept = JSON.stringify({ ...entry, ...way, signature });
    this.append('approval_decided', JSON.parse(kept) as EntryPayload<'approval_decided'>);
    this.dispatch(IDS.change);
  }

  /** What a page showed, with its right hash. */
  page(text: string): ShownEntry {
    const [askedAt, shownAt, heardShownAt, heardAt] = [this.now(), this.now(), this.now(), this.now()];
    const times = { askedAt, shownAt, heardShownAt, heardAt };
    const textHash = hex(sha256(Buffer.from(text)));
    return { language: 'es', text, textHash, channel: 'loopback_page', locked: false, ...times };
  }

  /** A command that is approved on a page that showed this text, and sent; `kept` of it stands in the record. */
  shows(script: string, shown: (record: RecordFixture) => ShownEntry, kept: Partial<ShownEntry> = {}): void {
    this.consent();
    const hash = this.propose(IDS.change, script, 'change', 'ask');
    this.asks(IDS.changeApproval, 'action', IDS.change, hash);
    const page = shown(this);
    const told = { ...page, ...kept };
    this.answers(IDS.changeApproval, 'action', IDS.change, hash, 'approve', this.runtime, undefined, page, told);
    this.dispatch(IDS.change);
  }

  /** A command that this passkey allows, and the runtime signs on; `change` makes the passkey's part other than it was. */
  allows(
    key: SoftPasskey,
    change: (kept: KeptAssertion, said: PasskeyAnswer) => KeptAssertion = (kept) => kept,
    verdict: 'ask' | 'ask_approver' = 'ask',
  ): number {
    this.consent();
    const hash = this.propose(IDS.change, 'systemctl restart cups', 'change', verdict);
    const [requestedAt, expiresAt] = [this.now(), new Date(this.clock + 3_600_000).toISOString()];
    this.append('approval_requested', {
      ...{ approvalId: IDS.changeApproval, kind: 'action', commandId: IDS.change, hash },
      ...{ title: 'May Jun change something?', reason: 'The queue hangs', changes: '', code: '0417', expiresAt },
    });
    const said = { approvalId: IDS.changeApproval, decision: 'approve' as const, reason: '', hash };
    const place = { sessionId: IDS.session, endpointId: IDS.endpoint, expiresAt: Date.parse(expiresAt) };
    const asked = { ...place, ...said };
    const passkey = change(keptAssertion(key.answer(asked), pinsOf(key), key.approver), asked);
    const decidedAt = this.now();
    const signed = { ...said, account: key.approver.name, at: Date.parse(decidedAt), passkey };
    const seq = this.append('approval_decided', {
      ...{ ...said, account: key.approver.name, kind: 'action', commandId: IDS.change, channel: 'passkey' },
      ...{ requestedAt, shownAt: null, decidedAt, passkey, signature: this.runtime.sign(decisionBytes(signed)) },
    });
    this.dispatch(IDS.change);
    return seq;
  }

  consent(): void {
    const hash = consentHash(sha256, IDS.session, IDS.endpoint);
    this.asks(IDS.consent, 'session', null, hash);
    this.answers(IDS.consent, 'session', null, hash);
  }

  /** The endpoint's word that its owner lets these classes run unattended. */
  unattended(
    classes: ActionClass[],
    more: { key?: TestKey; hash?: string; kept?: Partial<EntryPayload<'unattended_allowed'>> } = {},
  ): void {
    const hash = more.hash ?? consentHash(sha256, IDS.session, IDS.endpoint);
    const statedAt = this.now();
    const said = { approvalId: IDS.consent, hash, rule: 'P-10', classes, fileHash: 'ab'.repeat(32) };
    const stated = { ...said, level: 'client' as const, version: 3, at: Date.parse(statedAt) };
    this.asks(IDS.consent, 'session', null, hash);
    this.append('unattended_allowed', {
      ...said,
      ...{ policyLevel: 'client', policyVersion: 3, words: 'Policy: unattended.', requestedAt: statedAt, statedAt },
      signature: (more.key ?? this.runtime).sign(unattendedBytes(stated)),
      ...more.kept,
    });
  }

  /** Proposes and judges; returns the hash an approval has to name. */
  propose(
    commandId: string,
    script: string,
    risk: Risk,
    verdict: 'run' | 'ask' | 'ask_approver' | 'unattended',
    more: Partial<CommandSpec> = {},
  ): string {
    const runAs = { kind: 'runtime' as const };
    const spec: CommandSpec = { shell: 'bash', script, cwd: null, runAs, timeoutMs: 60_000, ...more };
    const hash = actionHash(sha256, IDS.session, IDS.endpoint, spec);
    const reasons = [{ risk, words: 'looks at the chain', start: 0, end: script.length }];
    // Records of before the reasons were kept stay as good.
    const kept = risk === 'read_only' ? {} : { reasons };
    this.append('command_proposed', { commandId, spec, reason: 'see the chain', retryOf: null, ...kept });
    this.append('command_accepted', { commandId });
    const policy = {
      risk,
      riskWhy: 'by its words',
      verdict,
      rule: 'P-1',
      policyVersion: 1,
      words: 'Only reads.',
      actionHash: hash,
    };
    this.append('command_policy', { commandId, ...policy });
    return hash;
  }

  /** A transfer with its person's yes, up to its signed end with `line` on stdout. */
  moves(file: FileTransfer, line: string, words = fileScript(file)): void {
    this.consent();
    const hash = this.propose(IDS.change, words, 'change', 'ask', { file });
    this.asks(IDS.changeApproval, 'action', IDS.change, hash);
    this.answers(IDS.changeApproval, 'action', IDS.change, hash);
    this.dispatch(IDS.change);
    this.run(IDS.change, [{ stream: 1, bytes: Buffer.from(line) }]);
  }

  /** A first command with a yes of this scope, then a second one that cites it, after so many minutes, and is sent. */
  cites(
    scope: ApprovalScope | undefined,
    script: string,
    more: { risk?: 'read_only' | 'change'; after?: number; ended?: ScopeEnded } = {},
  ): void {
    this.consent();
    const first = this.propose(IDS.change, 'systemctl restart cups', 'change', 'ask');
    this.asks(IDS.changeApproval, 'action', IDS.change, first);
    this.answers(IDS.changeApproval, 'action', IDS.change, first, 'approve', this.runtime, scope);
    this.propose(IDS.read, script, more.risk ?? 'change', 'ask');
    this.clock += (more.after ?? 0) * 60_000;
    if (more.ended?.when === 'before') this.endsScope(more.ended);
    const [until, citedAt] = [this.now(), this.now()];
    this.append('approval_cited', {
      commandId: IDS.read,
      approvalId: IDS.changeApproval,
      words: 'Covered.',
      until,
      citedAt,
    });
    if (more.ended?.when === 'between') this.endsScope(more.ended);
    this.dispatch(IDS.read);
    if (more.ended?.when === 'after') this.endsScope(more.ended);
  }

  /** The person ends what the yes to the first command covers. */
  endsScope({ key = this.runtime, approvalId = IDS.changeApproval, kept }: Omit<ScopeEnded, 'when'> = {}): void {
    const endedAt = this.now();
    const said = { approvalId, account: 'olivia' };
    this.append('approval_scope_ended', {
      ...{ ...said, endedAt, words: 'Allowed no more.' },
      signature: key.sign(scopeEndBytes({ ...said, at: Date.parse(endedAt) })),
      ...kept,
    });
  }

  dispatch(commandId: string, counter = 1): void {
    this.append('command_dispatched', { commandId, envelopeHash: 'ab'.repeat(32), counter });
  }

  /** Runs a command: frames, sums, a signed exit. */
  run(commandId: string, pieces: readonly { stream: 1 | 2 | 3; bytes: Buffer }[], key: TestKey = this.runtime): void {
    const startedAt = this.now();
    this.append('command_started', {
      commandId,
      startedAt,
      start: {
        pid: 4711,
        effectiveUser: 'root',
        cwd: '/',
        shellPath: '/bin/bash',
        shellVersion: '5.2',
        resolvedPath: null,
        path: '/usr/bin:/bin',
        environment: { LANG: 'C.UTF-8' },
        arch: 'x64',
      },
    });
    let chain: Uint8Array = outputChainStart(sha256, commandId);
    const offsets = [0, 0, 0, 0];
    const frames = pieces.map(({ stream, bytes }, i): BundleFrame => {
      const off = offsets[stream] as number;
      offsets[stream] = off + bytes.length;
      chain = outputChainNext(sha256, chain, { seq: i + 1, stream, offset: off, bytes });
      return { seq: i + 1, stream, off, at: startedAt, bytes: b64(bytes) };
    });
    const sum = (stream: number) => {
      const whole = Buffer.concat(pieces.filter((piece) => piece.stream === stream).map((piece) => piece.bytes));
      return { bytes: whole.length, sha256: hex(sha256(whole)) };
    };
    const sums = { chainHead: hex(chain), stdout: sum(1), stderr: sum(2) };
    const exit: CommandExit = {
      exitCode: 0,
      signal: null,
      timedOut: false,
      cancelled: false,
      startedAt: Date.parse(startedAt),
      finishedAt: Date.parse(this.now()),
      ...sums,
      lastSeq: frames.length,
      pipeLeaked: false,
      askedForInput: false,
      // What came with protocol 2: the verifiers have to know it, and an older record without it stays as good.
      ...(pieces.length % 2 === 0 ? { outputLimited: false, powershell: { ok: true, lastExitCode: null } } : {}),
    };
    this.append('command_output', { commandId, frames: frames.length, ...sums });
    this.append('command_exit', {
      commandId,
      exit,
      signature: key.sign(exitBytes(commandId, exit)),
      runtimeId: IDS.runtime,
    });
    this.append('command_verdict', { commandId, state: 'completed', words: 'Exit 0.' });
    this.bundle.outputs.push({ commandId, frames });
  }

  complete(): void {
    this.append('completed', {
      outcome: 'resolved',
      note: 'Intermediate added.',
      verification: [9],
      notVerifiedBecause: null,
    });
  }

  /** Signs a checkpoint over a tree in which this session's head is one of five. */
  checkpoint(key: TestKey = testKey(9)): void {
    const { count, hash } = this.bundle.head;
    const own = headLeaf(sha256, { sessionId: IDS.session, count, hash });
    const leaves = [11, 12, 13].map((n) => headLeaf(sha256, { sessionId: uuid(n), count: n, hash: 'cd'.repeat(32) }));
    leaves.splice(2, 0, own);
    leaves.push(headLeaf(sha256, { sessionId: uuid(14), count: 1, hash: 'ef'.repeat(32) }));
    const tree = leaves.reduce((sum, leaf) => appendLeaf(sha256, sum, leaf), EMPTY_FRONTIER);
    const signed = { mspId: IDS.msp, size: tree.size, root: merkleRoot(sha256, tree), at: this.now() };
    const signature = Buffer.from(key.sign(Buffer.from(checkpointText(signed))), 'base64');
    this.bundle.checkpoint = {
      note: checkpointNote(sha256, signed, key.spki, signature),
      publicKey: b64(key.spki),
      index: 2,
      count,
      hash,
      proof: inclusionProof(sha256, leaves, 2).map(hex),
    };
  }
}

/** A whole session: consent, a look, an approved change with raw bytes of every sort, completion, a checkpoint. */
export function wholeRecord(): ExportBundle {
  const record = new RecordFixture();
  record.opened();
  record.append('started', { reason: 'certificate warning' });
  record.consent();
  record.propose(IDS.read, 'openssl verify leaf.pem', 'read_only', 'run');
  record.dispatch(IDS.read, 1);
  record.run(IDS.read, [
    { stream: 1, bytes: Buffer.from('leaf.pem: ') },
    { stream: 2, bytes: Buffer.from([0, 1, 2, 0xff, 0xfe, 0x0a]) },
    { stream: 1, bytes: Buffer.from('OK\n') },
    { stream: 3, bytes: Buffer.from('a remark of the runtime') },
  ]);
  const hash = record.propose(IDS.change, 'cp g2.pem /usr/local/share/ca-certificates/', 'change', 'ask');
  record.asks(IDS.changeApproval, 'action', IDS.change, hash);
  record.answers(IDS.changeApproval, 'action', IDS.change, hash);
  record.dispatch(IDS.change, 2);
  record.run(IDS.change, []);
  record.complete();
  record.checkpoint();
  return record.bundle;
}
