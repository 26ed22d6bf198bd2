import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Prompt } from '@throughline/domain/agent-protocol';
import { spokenCode } from '@throughline/domain/spoken-code';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { KnownCommand } from './command-journal.ts';
import { ConsentStore } from './consent-store.ts';
import { pastSessions } from './prompt-timeline.ts';
import { promptView } from './prompt-view.ts';
import type { ViewSource } from './view-source.ts';
import { sha256 } from './sha256.ts';

const prompt: Prompt = {
  ...{
    approvalId: 'a',
    sessionId: 's',
    sessionNumber: 1847,
    kind: 'action',
    hash: 'h',
    mspName: 'Northgate',
    clientName: 'Harbor',
    endpointName: 'WS-07',
  },
  ...{
    technician: { name: 'Jun Park', role: 'technician' },
    title: 'May Jun restart it?',
    reason: '',
    command: 'x',
    shell: 'bash',
    cwd: null,
    runAs: null,
  },
  ...{
    risk: 'change',
    changes: '',
    unchanged: '',
    undo: '',
    code: '4821',
    requestedAt: 1_000,
    expiresAt: 10_000,
    nudges: 0,
  },
};
let folder: string;
let consent: ConsentStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-view-'));
  consent = new ConsentStore(join(folder, 'consent.ndjson'));
});
afterEach(() => {
  consent.close();
  rmSync(folder, { recursive: true });
});

const source = (): ViewSource => ({
  mspName: 'Northgate',
  since: 0,
  identity: { clientName: 'Harbor', endpointName: 'WS-07' },
  connection: { ready: true },
  pins: null,
  consent,
  journal: { all: () => [] },
  result: () => ({ started: null, exit: null, inputs: [] }),
});
const view = (now: number, locale = 'en') => promptView(source(), now, locale);
/** The digits that the page shows. */
const codeOn = (now: number) =>
  view(now)
    .questions[0]?.lines.find(({ part }) => part === 'code')
    ?.label?.replaceAll(' ', '');
const answered = (decision: 'approve' | 'deny') =>
  consent.append({
    type: 'answered',
    at: 2_000,
    approvalId: 'a',
    decision,
    reason: '',
    account: 'olivia',
    signature: '',
  });

it('F056 shows the question while it waits, and silence as a no', () => {
  consent.append({ type: 'prompt', at: 1_000, prompt });
  expect(view(5_000).questions.map((question) => question.approvalId)).toEqual(['a']);
  const after = view(10_001);
  expect(after.questions).toEqual([]);
  expect(after.last).toMatchObject({ kind: 'expired' });
  expect(after.sessions[0]?.timeline[0]?.strong).toBe('No answer, counts as no');
});

it('tells an answer that has not reached the desk from one that counted and one that did not', () => {
  consent.append({ type: 'prompt', at: 1_000, prompt });
  answered('approve');
  expect(view(3_000).last?.kind).toBe('sending');
  expect(consent.verdict('a', false)).toBe('pending');
  consent.append({ type: 'decided', at: 2_500, approvalId: 'a', counted: false, message: 'Already denied.' });
  expect(view(3_000).last).toMatchObject({ kind: 'not_counted', message: 'Already denied.' });
  expect(consent.verdict('a', false)).toBe('no');
  consent.append({ type: 'decided', at: 2_600, approvalId: 'a', counted: true, message: '' });
  expect(view(3_000).last?.kind).toBe('yes');
  expect(consent.verdict('a', false)).toBe('approved');
});

it('F046 says of an approver’s answer whose it was, and not that the person here gave it', () => {
  consent.append({ type: 'prompt', at: 1_000, prompt: { ...prompt, approver: true } });
  const pins = { approvers: [], classes: ['change' as const] };
  const seen = () => promptView({ ...source(), pins }, 3_000, 'en');
  expect(seen().sessions[0]?.timeline[0]?.strong).toBe('Waiting for a named approver');
  const bytes = { credentialId: 'AAAA', authenticatorData: 'AAAA', clientDataJSON: 'AAAA', signature: 'AAAA' };
  const said = { type: 'answered' as const, at: 2_000, approvalId: 'a', reason: '', signature: '' };
  consent.append({ ...said, decision: 'approve', account: 'Mara Voss', passkey: bytes });
  expect(seen().last).toMatchObject({ kind: 'sending', approver: 'Mara Voss' });
  consent.append({ type: 'decided', at: 2_500, approvalId: 'a', counted: true, message: '' });
  expect(seen().last).toMatchObject({ kind: 'yes', approver: 'Mara Voss' });
  expect(seen().sessions[0]?.timeline[0]?.strong).toBe('Mara Voss said yes with a passkey');
  expect(promptView({ ...source(), pins }, 3_000, 'es').sessions[0]?.timeline[0]?.strong).toBe(
    'Mara Voss dijo que sí con clave de acceso',
  );
});

it('F053 tells when it was asked again, and how often', () => {
  consent.append({ type: 'prompt', at: 1_000, prompt });
  expect(view(1_500).questions[0]).toMatchObject({ nudges: 0, nudgedAt: null });
  consent.append({ type: 'prompt', at: 2_000, prompt: { ...prompt, nudges: 1 } });
  consent.append({ type: 'prompt', at: 3_000, prompt: { ...prompt, nudges: 1, expiresAt: 11_000 } });
  expect(view(3_500).questions[0]).toMatchObject({ nudges: 1, nudgedAt: 2_000 });
});

it('voids a yes when the session ends here, when it closes, and when the question is withdrawn', () => {
  consent.append({ type: 'prompt', at: 1_000, prompt });
  answered('approve');
  consent.append({ type: 'decided', at: 2_500, approvalId: 'a', counted: true, message: '' });
  consent.append({ type: 'closed', at: 2_600, approvalId: 'a', state: 'approved', message: '' });
  expect(consent.verdict('a', false)).toBe('approved');
  consent.append({ type: 'closed', at: 2_700, approvalId: 'a', state: 'withdrawn', message: '' });
  expect(consent.verdict('a', false)).toBe('no');
});

it('U33 a yes by a link counts only while the owner allows it, and the server’s bare word never does', () => {
  consent.append({ type: 'prompt', at: 1_000, prompt });
  consent.append({ type: 'closed', at: 2_000, approvalId: 'a', state: 'approved', message: 'Approved.' });
  expect(consent.verdict('a', true)).toBe('no');
  const times = { sentAt: '2026-01-01T10:00:00.000Z', openedAt: '2026-01-01T10:01:00.000Z' };
  const link = { id: 'l', name: 'Olivia Hart', email: 'o@x.example', ...times, answeredAt: times.openedAt };
  consent.append({ type: 'prompt', at: 2_000, prompt: { ...prompt, approvalId: 'b' } });
  const said = { approvalId: 'b', decision: 'approve' as const, reason: '', account: 'Olivia Hart', signature: 's' };
  consent.append({ type: 'answered', at: 2_500, ...said, link });
  expect(consent.verdict('b', true)).toBe('pending');
  consent.append({ type: 'decided', at: 2_600, approvalId: 'b', counted: true, message: '' });
  expect(consent.verdict('b', true)).toBe('approved');
  expect(consent.verdict('b', false)).toBe('no');
  expect(view(3_000).last).toMatchObject({ kind: 'yes', link: 'Olivia Hart', approver: null });
  expect(view(3_000).sessions[0]?.timeline.some(({ strong }) => strong.includes('by the link on a phone'))).toBe(true);
  consent.append({ type: 'session_ended', at: 3_000, sessionId: 's', reason: '', account: 'olivia' });
  expect(consent.verdict('b', true)).toBe('no');
});

it('takes the outcome for the confirmation when the server could not answer a yes at once', () => {
  consent.append({ type: 'prompt', at: 1_000, prompt });
  answered('approve');
  consent.append({ type: 'closed', at: 3_000, approvalId: 'a', state: 'approved', message: 'Approved.' });
  expect(consent.verdict('a', false)).toBe('approved');
  expect(view(4_000).last?.kind).toBe('yes');
});

it('never lets a prompt change under an answer', () => {
  consent.append({ type: 'prompt', at: 1_000, prompt });
  consent.append({ type: 'prompt', at: 1_100, prompt: { ...prompt, hash: 'other', command: 'rm -rf /' } });
  expect(consent.approval('a')?.prompt.command).toBe('x');
});

it('U31 shows the code that follows from the question itself, whatever code the server sent with it', () => {
  const about = { approvalId: 'a', kind: prompt.kind, hash: prompt.hash, technician: 'Jun Park', reason: '' };
  consent.append({ type: 'prompt', at: 1_000, prompt: { ...prompt, code: '000000' } });
  expect(codeOn(2_000)).toBe(spokenCode(sha256, about));
});

it('U31 shows an older server’s four digits, which both sides know only from it', () => {
  consent.append({ type: 'prompt', at: 1_000, prompt });
  expect(codeOn(2_000)).toBe('4821');
});

it('U36 remembers past sessions long after they left the page, with what was asked and answered, in the reader’s language', () => {
  consent.append({ type: 'prompt', at: 1_000, prompt: { ...prompt, approvalId: 'c', kind: 'session', command: null } });
  consent.append({
    type: 'answered',
    at: 1_500,
    approvalId: 'c',
    decision: 'approve',
    reason: '',
    account: 'o',
    signature: '',
  });
  consent.append({ type: 'decided', at: 1_600, approvalId: 'c', counted: true, message: '' });
  consent.append({ type: 'prompt', at: 1_700, prompt });
  answered('deny');
  consent.append({ type: 'decided', at: 2_100, approvalId: 'a', counted: true, message: '' });
  const year = 365 * 86_400_000;
  expect(pastSessions(source(), 3_000, 'en')).toEqual([]);
  consent.append({ type: 'session_closed', at: 9_000, sessionId: 's', outcome: 'resolved' });
  expect(view(year).sessions).toEqual([]);
  const [past] = pastSessions(source(), year, 'es');
  expect(past).toMatchObject({ number: 1847, technician: 'Jun Park', startedAt: 1_500, endedAt: 9_000, allowed: true });
  expect(past?.timeline.map(({ text, strong, detail }) => [text, strong, detail].filter(Boolean).join(' | '))).toEqual([
    'Usted permitió la sesión',
    '¿Puede Jun cambiar algo en este equipo? | Usted dijo que no | no se ejecutó',
    'Sesión cerrada | resuelta',
  ]);
});

/** An order of long ago, as the journal keeps it. */
const commandOf = (sessionId: string, at: number): KnownCommand => ({
  ...{ commandId: `command-${at}`, sessionId, at, order: null, approvals: [], refusal: null },
  ...{ tombstone: false, unknown: false, settled: true },
});

it('U36 reads back no more than it shows, however much this computer remembers', () => {
  const DAYS = 86_400_000;
  const commands = Array.from({ length: 3_000 }, (_, i) => commandOf(i < 200 ? 's' : `old-${i % 30}`, i));
  const now = 40 * DAYS;
  consent.append({ type: 'prompt', at: now, prompt: { ...prompt, requestedAt: now, expiresAt: now + 60_000 } });
  const asked: string[] = [];
  const none = { started: null, exit: null, inputs: [] };
  const remembered: ViewSource = {
    ...source(),
    journal: { all: () => commands },
    result: (commandId) => (asked.push(commandId), none),
  };
  const { sessions } = promptView(remembered, now + 1, 'en');
  expect(sessions.map(({ sessionId, timeline }) => [sessionId, timeline.length])).toEqual([['s', 60]]);
  expect(sessions[0]?.timeline.at(-1)).toMatchObject({ waiting: true });
  expect(asked.length).toBeLessThanOrEqual(60);
  expect(asked).toContain('command-199');
});
