import type { ApprovalFieldsFragment, CommandFieldsFragment, EntryFieldsFragment, SessionRowFragment } from '../graphql/generated/operations.ts';
import type { SessionData } from '../features/session/use-session.ts';

/* Small, complete values of the schema's types for tests. */

export const at = (minutes: number): string => new Date(Date.UTC(2026, 4, 19, 13, 0) + minutes * 60_000).toISOString();

export const sampleCommand = (over: Partial<CommandFieldsFragment> = {}): CommandFieldsFragment => ({
  id: 'C1', sessionId: 'S1', entrySeq: 5, shell: 'bash', script: 'ls /nonexistent || true', cwd: null, runAs: 'the runtime’s own account', timeoutMs: 600_000, reason: '', origin: 'browser',
  risk: 'read_only', riskWhy: 'Only reads.', rule: 'P-1', policyVersion: 3, policyWords: null, state: 'completed', words: null, proposedBy: 'Jun Park', proposedByEmail: 'jun@northgate.example',
  proposedAt: at(0), dispatchedAt: at(0), startedAt: at(0), finishedAt: at(1), endpointStartedAt: at(0), endpointFinishedAt: at(1), exitCode: 0, signal: null, start: null,
  stdout: { bytes: 0, sha256: null }, stderr: { bytes: 0, sha256: null }, askedForInput: false, pipeLeaked: false, approval: null, retryOf: null, ...over,
});

export const sampleApproval = (over: Partial<ApprovalFieldsFragment> = {}): ApprovalFieldsFragment => ({
  id: 'A1', kind: 'action', state: 'waiting', title: 'Run a command', reason: 'install missing intermediate', changes: '', code: '4821', requestedAt: at(0), shownAt: at(0), expiresAt: at(30),
  decidedAt: null, account: null, answerReason: null, channel: null, nudges: 0, nudgeAllowedAt: null, ...over,
});

export const sampleRow = (over: Partial<SessionRowFragment> = {}): SessionRowFragment => ({
  id: 'S1', number: 2046, title: 'VPN client fails to authenticate', status: 'active', outcome: null, waitingOn: 'technician', priority: 'normal', escalated: false, requester: 'Olivia Hart',
  openedAt: at(0), completedAt: null, client: { id: 'K1', name: 'Harbor Dental' }, endpoint: { id: 'E1', name: 'HARB-WS-07', online: true, lastSeenAt: null, simulated: false },
  assignee: { id: 'U1', name: 'Jun Park', role: 'technician' }, clocks: [], can: { start: true, runCommand: true, assign: true, escalate: true, complete: true, message: true }, ...over,
});

export const sampleSession = (over: Partial<SessionData> = {}): SessionData => ({
  ...sampleRow(), request: 'The VPN keeps saying no.', channel: 'phone', reason: null, consentAt: at(1), firstCommandAt: at(3), note: null, verification: [], notVerifiedBecause: null, entryCount: 3, headHash: 'ab',
  ticket: null, approvals: [], participants: [], commands: [],
  client: { id: 'K1', name: 'Harbor Dental', contactName: 'Olivia Hart', contactPhone: '555-0101', contactEmail: null },
  endpoint: { id: 'E1', name: 'HARB-WS-07', online: true, lastSeenAt: null, simulated: false, os: 'linux', arch: 'x64', agentVersion: '0.1.0', runtimeLabel: 'r', clockSkewMs: 0, facts: null, shells: [{ shell: 'bash', path: '/bin/bash', version: '5.2' }] },
  ...over,
});

export const sampleEntry = (seq: number, kind: string, payload: unknown, over: Partial<EntryFieldsFragment> = {}): EntryFieldsFragment => ({
  id: `N${seq}`, seq, kind, at: at(seq), actor: { kind: 'user', name: 'Jun Park', email: null, role: 'technician', account: null }, origin: 'browser', payload, hash: 'h', ...over,
});
