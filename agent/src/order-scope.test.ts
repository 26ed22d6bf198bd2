import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionHash, consentHash } from '@throughline/domain/action';
import type { Prompt } from '@throughline/domain/agent-protocol';
import type { ApprovalScope } from '@throughline/domain/approval-scope';
import type { CommandSpec, Risk } from '@throughline/domain/command';
import { envelopeBytes, envelopeFor } from '@throughline/domain/envelope';
import { loadRiskAssessor } from '@throughline/domain/risk/assessor';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConsentStore } from './consent-store.ts';
import { scopeOf } from './cover.ts';
import type { Identity } from './identity.ts';
import { zLocalPolicy } from './local-policy.ts';
import { checkOrder } from './order-check.ts';
import { grammar } from './own-program.ts';
import { sha256 } from './sha256.ts';

const IDS = { mspId: 'm', runtimeId: 'r', endpointId: 'e', sessionId: 's' };
const MINUTE = 60_000;
const T0 = Date.parse('2026-02-17T14:31:00Z');
const spec = (script: string): CommandSpec => ({
  shell: 'sh',
  script,
  cwd: '/',
  runAs: { kind: 'runtime' },
  timeoutMs: 60_000,
});
const hashOf = (script: string) => actionHash(sha256, IDS.sessionId, IDS.endpointId, spec(script));
const FIRST = 'systemctl restart cups';

let folder: string;
let consent: ConsentStore;
let counter = 0;
/** The command that the person said yes to. */
let first = FIRST;
const assessor = await loadRiskAssessor(
  { treeSitter: grammar('web-tree-sitter'), bash: grammar('bash'), powershell: grammar('powershell') },
  { spent: () => performance.now() },
);
beforeEach(() => {
  first = FIRST;
  folder = mkdtempSync(join(tmpdir(), 'throughline-scope-'));
  consent = new ConsentStore(join(folder, 'consent.ndjson'));
});
afterEach(() => {
  consent.close();
  rmSync(folder, { recursive: true });
});

const prompt = (kind: 'session' | 'action', hash: string, more: Partial<Prompt> = {}): Prompt => ({
  ...{
    approvalId: kind,
    sessionId: 's',
    sessionNumber: 1,
    kind,
    hash,
    mspName: 'N',
    clientName: 'H',
    endpointName: 'W',
  },
  ...{ technician: { name: 'Jun', role: 'technician' }, title: '', reason: '', command: null, shell: null, cwd: null },
  ...{
    runAs: null,
    risk: null,
    changes: '',
    unchanged: '',
    undo: '',
    code: '',
    requestedAt: T0,
    expiresAt: T0 + MINUTE,
  },
  ...{ nudges: 0, ...more },
});

/** The person allowed the session and said yes to `first`, which covers what `scope` says. */
function granted(scope: ApprovalScope | undefined, risk: Risk = 'change'): void {
  const shown = { command: first, shell: 'sh' as const, cwd: '/', risk, scopes: true as const };
  for (const asked of [prompt('session', consentHash(sha256, 's', 'e')), prompt('action', hashOf(first), shown)]) {
    const { approvalId } = asked;
    consent.append({ type: 'prompt', at: T0, prompt: asked });
    const answer = {
      type: 'answered' as const,
      at: T0,
      approvalId,
      decision: 'approve' as const,
      reason: '',
      account: 'o',
      signature: 'x',
    };
    consent.append(approvalId === 'action' && scope !== undefined ? { ...answer, scope } : answer);
    consent.append({ type: 'decided', at: T0, approvalId, counted: true, message: '' });
  }
}

/** What the runtime says to an order that cites the yes to `first`. */
async function order(script: string, at: number, more: { risk?: Risk; sessionId?: string } = {}): Promise<string> {
  const envelope = envelopeFor(spec(script), {
    ...IDS,
    sessionId: more.sessionId ?? 's',
    commandId: `c${++counter}`,
    counter,
    notBefore: at - MINUTE,
    notAfter: at + MINUTE,
    risk: more.risk ?? 'change',
    actionHash: actionHash(sha256, more.sessionId ?? 's', 'e', spec(script)),
    approvals: [
      { id: 'session', kind: 'session', hash: consentHash(sha256, 's', 'e') },
      { id: 'action', kind: 'action', hash: hashOf(first) },
    ],
    technician: 'Jun',
  });
  const checked = await checkOrder(
    {
      identity: IDS as unknown as Identity,
      verify: () => true,
      journal: { counter: counter - 1, isUsed: () => true },
      consent,
      policy: () => zLocalPolicy.parse({}),
      pins: () => null,
      judge: (shell, text) => Promise.resolve(assessor.assess(shell, text)),
      now: () => at,
      clockOffset: 0,
      pendingWaitMs: 0,
    },
    { commandId: envelope.commandId, envelope: Buffer.from(envelopeBytes(envelope)).toString('base64'), signature: '' },
  );
  if (checked.ok) return `runs by ${checked.approvals.join()}`;
  return checked.judged === undefined ? checked.code : `${checked.code}, judged ${checked.judged}`;
}
const services: ApprovalScope = {
  ...{ kind: 'category', minutes: 60, category: 'services', folder: null, shell: 'sh', atMost: 'change' },
};

it('F051 the runtime runs a second command within what the yes given here covers, by that yes', async () => {
  granted(services);
  expect(await order('systemctl stop cups', T0 + 59 * MINUTE)).toBe('runs by action');
  expect(await order('systemctl start cups', T0 + 59 * MINUTE)).toBe('runs by action');
});

it('F051 the runtime refuses a signed order that cites the yes for anything beyond its scope or time', async () => {
  granted(services);
  expect(await order('systemctl stop cups', T0 + 61 * MINUTE)).toBe('APPROVAL_REQUIRED');
  expect(await order('cupsenable x', T0 + MINUTE)).toBe('APPROVAL_REQUIRED');
  expect(await order('systemctl stop cups; id', T0 + MINUTE)).toBe('APPROVAL_REQUIRED');
  expect(await order('systemctl stop cups', T0 + MINUTE, { risk: 'destructive' })).toBe('APPROVAL_REQUIRED');
  expect(await order('systemctl stop cups', T0 + MINUTE, { sessionId: 'another' })).toBe('APPROVAL_REQUIRED');
  expect(await order('systemctl stop cups', T0 - 61 * MINUTE)).toBe('APPROVAL_REQUIRED');
});

it('F051 S4 what a yes covers is measured by this computer’s own class, not by the one the order claims', async () => {
  const files: ApprovalScope = {
    ...{ kind: 'category', minutes: 60, category: 'files', folder: '/srv/share', shell: 'sh', atMost: 'change' },
  };
  granted(files);
  expect(await order('touch /srv/share/one/two', T0 + MINUTE)).toBe('runs by action');
  expect(await order('rm -rf /srv/share/one/two', T0 + MINUTE)).toBe('APPROVAL_REQUIRED, judged destructive');
});

it('F051 S4 a question that a desk calls worse than it is covers nothing worse than what was asked about', async () => {
  const files: ApprovalScope = {
    ...{ kind: 'category', minutes: 60, category: 'files', folder: '/srv/share', shell: 'sh', atMost: 'destructive' },
  };
  first = 'mkdir /srv/share/one';
  granted(files, 'destructive');
  expect(await order('touch /srv/share/one/two', T0 + MINUTE)).toBe('runs by action');
  expect(await order('rm -rf /srv/share/one', T0 + MINUTE, { risk: 'destructive' })).toBe('APPROVAL_REQUIRED');
  expect(await order('rm -rf /srv/share/one', T0 + MINUTE)).toBe('APPROVAL_REQUIRED, judged destructive');
});

it('F051 a question that is as bad as the desk says covers others like it', async () => {
  const files: ApprovalScope = {
    ...{ kind: 'category', minutes: 60, category: 'files', folder: '/srv/share', shell: 'sh', atMost: 'destructive' },
  };
  first = 'rm -rf /srv/share/one';
  granted(files, 'destructive');
  expect(await order('rm -rf /srv/share/two', T0 + MINUTE, { risk: 'destructive' })).toBe('runs by action');
});

it('F051 F045 a yes without a scope covers its own command once and no other, and ending the session ends a scope', async () => {
  granted(undefined);
  expect(await order('systemctl stop cups', T0 + MINUTE)).toBe('APPROVAL_REQUIRED');
  expect(await order(FIRST, T0 + MINUTE)).toBe('APPROVAL_REQUIRED');
});

it('F051 ending the session ends what a yes covers', async () => {
  granted(services);
  consent.append({ type: 'session_ended', at: T0 + MINUTE, sessionId: 's', reason: '', account: 'o' });
  expect(await order('systemctl stop cups', T0 + 2 * MINUTE)).toBe('APPROVAL_DENIED');
});

it('F051 ending what a yes covers ends that yes alone, also for its own command, and the session goes on', async () => {
  granted(services);
  consent.append({ type: 'scope_ended', at: T0 + MINUTE, approvalId: 'action', account: 'o' });
  expect(await order('systemctl stop cups', T0 + 2 * MINUTE)).toBe('APPROVAL_REQUIRED');
  expect(await order(FIRST, T0 + 2 * MINUTE)).toBe('APPROVAL_REQUIRED');
  expect(await order('uptime', T0 + 2 * MINUTE, { risk: 'read_only' })).toBe('runs by ');
});

it('F051 the scope that is signed is what this computer reads in the command, and never for another identity or an open input', () => {
  const shown = { command: FIRST, shell: 'sh' as const, risk: 'change' as const, scopes: true as const };
  const category = { what: 'category' as const, minutes: 60 as const };
  expect(scopeOf(prompt('action', 'h', shown), category)).toEqual(services);
  for (const change of [
    { scopes: undefined },
    { kind: 'identity' as const },
    { input: true as const },
    { runAs: 'root' },
  ])
    expect(() => scopeOf({ ...prompt('action', 'h', shown), ...change } as Prompt, category)).toThrow(
      /only its own command/,
    );
  expect(() => scopeOf(prompt('action', 'h', { ...shown, command: 'x | y' }), category)).toThrow(
    /only its own command/,
  );
});
