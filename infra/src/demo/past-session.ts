import { createHash, randomUUID, sign, type KeyObject } from 'node:crypto';
import type { EnvelopeSigner } from '@throughline/activities/envelope-signer';
import { createApplyEffects } from '@throughline/activities/apply-effects';
import type { RiskAssessor } from '@throughline/api/risk/risk-parser';
import { actionHash, consentHash } from '@throughline/domain/action';
import type { CommandExit, CommandStart } from '@throughline/domain/agent-protocol';
import { type CommandSpec, type Shell, verdictOf } from '@throughline/domain/command';
import type { Effect } from '@throughline/domain/effect';
import type { EntryKind, NewEntry, Outcome } from '@throughline/domain/entry';
import { STREAM } from '@throughline/domain/output-frame';
import type { ApprovalPolicy } from '@throughline/domain/policy';
import { UNSEEN, policyNow } from '@throughline/domain/policy/rulings';
import { SessionCase } from '@throughline/domain/session-case';
import { type Priority, DEFAULT_SLA } from '@throughline/domain/sla';
import { decisionBytes, exitBytes } from '@throughline/domain/signed-bytes';
import { insertCommand, setCommandState } from '@throughline/store/command-store';
import { appendOutput, outputHead } from '@throughline/store/output-store';
import { policyOfEndpoint } from '@throughline/store/policy-store';
import { appendEntry, sha256 } from '@throughline/store/record-store';
import { queueOutputForSearch } from '@throughline/store/search/search-queue';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { keepText } from '@throughline/store/text-store';
import type { Pool } from 'pg';
import { factsOf } from './house.ts';
import type { PlacedComputer } from './place.ts';

/** Whoever acts in a past session, as the record names them. */
export interface PastPerson {
  id: string;
  name: string;
  email: string;
  role: string;
}

export interface PastWorld {
  pool: Pool;
  mspId: string;
  risk: RiskAssessor;
  /** Signs the orders of simulated endpoints. They are settled at once and never sent. */
  signer: EnvelopeSigner;
}

export interface PastOpening {
  number: number;
  at: Date;
  by: PastPerson;
  computer: PlacedComputer;
  title: string;
  request: string;
  requester: string;
  channel: string;
  priority?: Priority;
}

export interface PastCommand {
  by: PastPerson;
  script: string;
  shell?: Shell;
  reason: string;
  out?: string;
  err?: string;
  exit?: number;
  seconds?: number;
  answer?: 'approve' | 'deny';
}

/**
 * A session that is over, told from its beginning: the same rules (SessionCase), the same effects in the same transactions
 * (applyEffects) and the same record functions as for a live one; only the clock is ours, and the endpoint is a simulated one whose key signs here.
 */
export class PastSession {
  readonly sessionId = randomUUID();
  private readonly world: PastWorld;
  private readonly opening: PastOpening;
  private readonly apply: ReturnType<typeof createApplyEffects>;
  private readonly state: SessionCase;
  private readonly begin: Effect[];
  private at: number;

  private constructor(world: PastWorld, opening: PastOpening, detailsText: string) {
    this.world = world;
    this.opening = opening;
    this.at = opening.at.getTime();
    this.apply = createApplyEffects({ ...world, mails: false });
    const { endpointId, clientId } = opening.computer;
    const open = {
      clientId,
      endpointId,
      detailsText,
      priority: opening.priority ?? 'normal',
      by: { kind: 'user' as const, id: opening.by.id },
    };
    const { session, effects } = SessionCase.open(
      { mspId: world.mspId, sessionId: this.sessionId },
      open,
      DEFAULT_SLA,
      true,
      this.at,
    );
    this.state = session;
    this.begin = effects;
  }

  static async open(world: PastWorld, opening: PastOpening): Promise<PastSession> {
    const { title, request, requester, channel, number } = opening;
    const details = JSON.stringify({ title, request, requester, channel, ticket: null });
    const detailsText = await withTenant(world.pool, { mspId: world.mspId, clients: '*' }, async (tx) => {
      await tx.query('update msp set next_session_number = $2 where id = $1', [world.mspId, number]);
      return keepText(tx, world.mspId, details);
    });
    const past = new PastSession(world, opening, detailsText);
    await past.carryOut(past.begin);
    return past;
  }

  /** Time goes by; what falls due in it happens when it is due. */
  async wait(minutes: number): Promise<void> {
    const until = this.at + minutes * 60_000;
    for (let due = this.state.nextWake(); due !== null && due <= until; due = this.state.nextWake()) {
      this.at = due;
      await this.carryOut(this.state.wake(due));
    }
    this.at = until;
  }

  async start(by: PastPerson, reason: string): Promise<string> {
    const approvalId = randomUUID();
    const { endpointId } = this.opening.computer;
    const { reasonText, policy } = await this.write(async (tx) => ({
      reasonText: await keepText(tx, this.world.mspId, reason),
      policy: await this.policyThen(tx),
    }));
    const hash = consentHash(sha256, this.sessionId, endpointId);
    // A past request ran out after half an hour, whatever the demo's groups allow today.
    const shortly = { ...policy, approvalTimeoutMs: 30 * 60_000 };
    await this.carryOut(this.state.start({ id: by.id, any: true }, approvalId, hash, reasonText, shortly, this.at));
    return approvalId;
  }

  /** The person at the simulated computer answers at its prompt page. */
  async answer(approvalId: string, decision: 'approve' | 'deny', reason = ''): Promise<void> {
    const { computer } = this.opening;
    const hash = this.state.state.approvals[approvalId]?.hash ?? '';
    await this.wait(0.5);
    const shownAt = new Date(this.at);
    await this.write(async (tx) => {
      await tx.query('update approval_request set shown_at = $3 where msp_id = $1 and id = $2', [
        this.world.mspId,
        approvalId,
        shownAt,
      ]);
      await this.append(tx, 'approval_shown', `shown:${approvalId}`, { approvalId, shownAt: shownAt.toISOString() });
    });
    await this.wait(1);
    const said = { approvalId, decision, reason, account: computer.account, at: this.at, hash };
    const reasonText = reason === '' ? null : await this.write((tx) => keepText(tx, this.world.mspId, reason));
    const given = {
      approvalId,
      decision,
      reasonText,
      account: computer.account,
      channel: 'endpoint_prompt' as const,
      hash,
    };
    const signature = signature64(decisionBytes(said), computer.key);
    await this.carryOut(this.state.decide({ ...given, signature, decidedAt: this.at }, this.at));
  }

  /** Proposes a command, has it judged by the real parser and policy, answers where that asks, and tells how it ran. Returns its entry's number. */
  async run(command: PastCommand): Promise<number> {
    const { mspId } = this.world;
    const { endpointId } = this.opening.computer;
    await this.wait(2);
    const [commandId, approvalId] = [randomUUID(), randomUUID()];
    const shell = command.shell ?? 'powershell';
    const spec: CommandSpec = {
      shell,
      script: command.script,
      cwd: null,
      runAs: { kind: 'runtime' },
      timeoutMs: 600_000,
    };
    const hash = actionHash(sha256, this.sessionId, endpointId, spec);
    const { risk, why } = this.world.risk.assess(shell, command.script);
    const { seq, policy } = await this.write(async (tx) => {
      const facts = {
        id: commandId,
        sessionId: this.sessionId,
        spec,
        actionHash: hash,
        reason: command.reason,
        origin: 'browser',
      };
      await insertCommand(tx, mspId, {
        ...facts,
        risk,
        riskWhy: why,
        proposedBy: command.by.id,
        proposedAt: new Date(this.at),
        retryOf: null,
      });
      const proposed = await this.append(
        tx,
        'command_proposed',
        `proposed:${commandId}`,
        { commandId, spec, reason: command.reason, retryOf: null },
        command.by,
      );
      await this.append(tx, 'command_accepted', `accepted:${commandId}`, { commandId }, command.by);
      await tx.query('update command set entry_seq = $3 where msp_id = $1 and id = $2', [mspId, commandId, proposed]);
      return { seq: proposed, policy: await this.policyThen(tx) };
    });
    const by = { id: command.by.id, any: true };
    const proposal = { commandId, risk, hash, otherIdentity: false, timeoutMs: spec.timeoutMs, policy, approvalId, by };
    this.state.checkPropose(proposal);
    await this.carryOut(this.state.propose(proposal, this.at));
    if (this.state.state.approvals[approvalId] !== undefined)
      await this.answer(approvalId, command.answer ?? 'approve');
    if (this.state.state.commands[commandId] !== undefined) await this.ran(commandId, spec, command);
    return seq;
  }

  private async policyThen(tx: Tx): Promise<ApprovalPolicy> {
    const merged = await policyOfEndpoint(tx, this.world.mspId, this.opening.computer.endpointId);
    return policyNow(merged, { at: this.at, ...UNSEEN }).policy;
  }

  async say(by: PastPerson, text: string, onEntry: number | null = null): Promise<void> {
    await this.wait(3);
    await this.write((tx) => this.append(tx, 'message', `message:${randomUUID()}`, { text, onEntry }, by));
  }

  /** `verified`: the number of the entry that proves it, or why nothing does. */
  async complete(by: PastPerson, outcome: Outcome, note: string, verified: number | string): Promise<void> {
    await this.wait(4);
    const [noteText, notVerified] = await this.write(async (tx) => [
      await keepText(tx, this.world.mspId, note),
      typeof verified === 'string' ? await keepText(tx, this.world.mspId, verified) : null,
    ]);
    const seqs = typeof verified === 'number' ? [verified] : [];
    await this.carryOut(
      this.state.complete(outcome, { kind: 'user', id: by.id }, noteText ?? '', seqs, notVerified ?? null, this.at),
    );
  }

  async assign(to: PastPerson, by: PastPerson): Promise<void> {
    await this.wait(1);
    await this.carryOut(this.state.assign(to.id, { kind: 'user', id: by.id }, null, this.at));
  }

  async escalate(to: PastPerson, by: PastPerson, reason: string): Promise<void> {
    await this.wait(2);
    const reasonText = await this.write((tx) => keepText(tx, this.world.mspId, reason));
    await this.carryOut(this.state.escalate(to.id, { kind: 'user', id: by.id }, reasonText, this.at));
  }

  async endAtTheComputer(): Promise<void> {
    await this.wait(1);
    await this.carryOut(this.state.endByEndUser(this.opening.computer.account, this.at));
  }

  /** Old news is no news: what the past raised is put back to its time and counts as read. */
  async close(): Promise<void> {
    await this.write((tx) =>
      tx.query('update notification set at = $3, read_at = $3 where msp_id = $1 and link ~ $2', [
        this.world.mspId,
        `^/s/${this.opening.number}(#|$)`,
        new Date(this.at),
      ]),
    );
  }

  // --- inside ----------------------------------------------------------------------------------------------------

  private async ran(commandId: string, spec: CommandSpec, command: PastCommand): Promise<void> {
    const { mspId } = this.world;
    const { computer } = this.opening;
    const offer = factsOf(computer).shells.find((each) => each.shell === spec.shell);
    const dispatchedAt = new Date(this.at);
    await this.wait(1 / 60);
    const startedAt = this.at;
    const start: CommandStart = {
      pid: 4_000 + (startedAt % 3_000),
      effectiveUser: 'NT AUTHORITY\\SYSTEM',
      cwd: 'C:\\Windows\\System32',
      shellPath: offer?.path ?? spec.shell,
      shellVersion: offer?.version ?? '',
      resolvedPath: null,
      path: 'C:\\Windows\\system32;C:\\Windows',
      environment: { COMPUTERNAME: computer.name, OS: 'Windows_NT' },
      arch: 'x64',
    };
    await this.write(async (tx) => {
      await tx.query(
        'update command set dispatched_at = $3, started_at = $4, start = $5 where msp_id = $1 and id = $2',
        [...[mspId, commandId, dispatchedAt, new Date(startedAt), start]],
      );
      await setCommandState(tx, mspId, commandId, 'running', null);
      await tx.query(
        'update session set first_command_at = coalesce(first_command_at, $3) where msp_id = $1 and id = $2',
        [...[mspId, this.sessionId, new Date(startedAt)]],
      );
      await this.append(tx, 'command_started', `started:${commandId}`, {
        commandId,
        startedAt: new Date(startedAt).toISOString(),
        start,
      });
    });
    await this.carryOut(this.state.report({ commandId, state: 'running' }, this.at));
    await this.wait((command.seconds ?? 2) / 60);
    await this.write((tx) => this.ended(tx, commandId, startedAt, command));
    await this.carryOut(this.state.report({ commandId, state: 'finished' }, this.at));
  }

  private async ended(tx: Tx, commandId: string, startedAt: number, command: PastCommand): Promise<void> {
    const { mspId } = this.world;
    const { computer } = this.opening;
    const pieces = [
      { stream: STREAM.stdout, bytes: Buffer.from(command.out ?? '') },
      { stream: STREAM.stderr, bytes: Buffer.from(command.err ?? '') },
    ].filter(({ bytes }) => bytes.length > 0);
    const frames = pieces.map(({ stream, bytes }, i) => ({ seq: i + 1, stream, offset: 0, at: this.at, bytes }));
    await appendOutput(tx, mspId, this.sessionId, commandId, frames);
    const head = await outputHead(tx, mspId, commandId);
    const sum = (text = '') => ({
      bytes: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex'),
    });
    const sums = { chainHead: head.chainHead ?? '', stdout: sum(command.out), stderr: sum(command.err) };
    const exit: CommandExit = {
      exitCode: command.exit ?? 0,
      signal: null,
      timedOut: false,
      cancelled: false,
      startedAt,
      finishedAt: this.at,
      ...sums,
      lastSeq: frames.length,
      pipeLeaked: false,
      askedForInput: false,
      outputLimited: false,
      powershell: null,
    };
    const state = verdictOf({ ...exit, stderrBytes: exit.stderr.bytes });
    const words = state === 'completed_with_errors' ? 'Exit 0, with output on stderr.' : `Exit ${exit.exitCode}.`;
    const finishedAt = new Date(this.at);
    await tx.query('update command set finished_at = $3, exit = $4 where msp_id = $1 and id = $2', [
      mspId,
      commandId,
      finishedAt,
      exit,
    ]);
    await setCommandState(tx, mspId, commandId, state, words);
    await this.append(tx, 'command_output', `output:${commandId}`, { commandId, frames: frames.length, ...sums });
    const signature = signature64(exitBytes(commandId, exit), computer.key);
    await this.append(tx, 'command_exit', `exit:${commandId}`, {
      commandId,
      exit,
      signature,
      runtimeId: computer.runtimeId,
    });
    await this.append(tx, 'command_verdict', `verdict:${commandId}`, { commandId, state, words });
    await tx.query(
      'update command_outbox set accepted_at = $3, settled_at = $3 where msp_id = $1 and command_id = $2',
      [...[mspId, commandId, finishedAt]],
    );
    await queueOutputForSearch(tx, mspId, this.sessionId, commandId);
  }

  private async carryOut(effects: Effect[]): Promise<void> {
    if (effects.length > 0) await this.apply({ mspId: this.world.mspId, sessionId: this.sessionId, effects });
  }

  private write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return withTenant(this.world.pool, { mspId: this.world.mspId, clients: '*' }, work);
  }

  private async append<K extends EntryKind>(
    tx: Tx,
    kind: K,
    key: string,
    payload: NewEntry<K>['payload'],
    by?: PastPerson,
  ): Promise<number> {
    const { endpointId, runtimeId } = this.opening.computer;
    const actor = by === undefined ? { kind: 'endpoint', endpointId, runtimeId } : { kind: 'user', ...by };
    const origin = by === undefined ? 'endpoint' : 'browser';
    const entry = { kind, key, actor, origin, at: new Date(this.at).toISOString(), payload } as NewEntry;
    return (await appendEntry(tx, this.world.mspId, this.sessionId, entry)).seq;
  }
}

const signature64 = (bytes: Uint8Array, key: KeyObject): string => sign(null, bytes, key).toString('base64');
