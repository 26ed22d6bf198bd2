import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionHash, consentHash } from '@throughline/domain/action';
import type { AgentMessage, Prompt } from '@throughline/domain/agent-protocol';
import type { CommandSpec } from '@throughline/domain/command';
import { envelopeBytes, envelopeFor } from '@throughline/domain/envelope';
import { type InputOrder, inputOrderBytes } from '@throughline/domain/input-order';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConsentStore } from './consent-store.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import type { Identity } from './identity.ts';
import type { Judgement } from './judge.ts';
import { Orders } from './orders.ts';
import { sha256 } from './sha256.ts';
import { until } from './testing/until.ts';

/* What happens to orders while the judge of their scripts has not answered. */

const IDS = { mspId: 'm', runtimeId: 'r', endpointId: 'e' };
const SESSION = consentHash(sha256, 's', 'e');
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const identity = {
  ...IDS,
  mspName: 'N',
  commandKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
} as Identity;

let place: string;
let folder: DataFolder;
let consent: ConsentStore;
let orders: Orders;
let said: AgentMessage[];
let counter: number;
/** Scripts that are with the judge. */
let asked: { script: string; answer: (judged: Judgement) => void }[];

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'throughline-orders-'));
  folder = openDataFolder(place);
  consent = new ConsentStore(folder.consent);
  [said, asked, counter] = [[], [], 0];
  const quiet = () => undefined;
  orders = new Orders({
    ...{ folder, identity, consent, sign: () => 'x', changed: quiet },
    log: { info: quiet, warn: quiet, error: quiet } as unknown as ConstructorParameters<typeof Orders>[0]['log'],
    connection: { send: (message) => said.push(message) > 0, sendBinary: () => true },
    judge: { judge: (_shell, script) => new Promise((answer) => asked.push({ script, answer })) },
  });
  const at = Date.now();
  const prompt: Prompt = {
    ...{ approvalId: 'session', sessionId: 's', sessionNumber: 1, kind: 'session', hash: SESSION, mspName: 'N' },
    ...{ clientName: 'H', endpointName: 'W', technician: { name: 'Jun', role: 'technician' }, title: '', reason: '' },
    ...{ command: null, shell: null, cwd: null, runAs: null, risk: null, changes: '', unchanged: '', undo: '' },
    ...{ code: '', requestedAt: at, expiresAt: at + 60_000, nudges: 0 },
  };
  const yes = { decision: 'approve' as const, reason: '', account: 'o', signature: 'x' };
  consent.append({ type: 'prompt', at, prompt });
  consent.append({ type: 'answered', at, approvalId: 'session', ...yes });
  consent.append({ type: 'decided', at, approvalId: 'session', counted: true, message: '' });
});
afterEach(() => {
  orders.close();
  consent.close();
  rmSync(place, { recursive: true, force: true });
});

const signed = (bytes: Uint8Array) => ({ bytes, signature: sign(null, bytes, privateKey).toString('base64') });

function take(commandId: string, { script = 'uptime', lasts = 100_000 } = {}): void {
  const spec: CommandSpec = { shell: 'sh', script, cwd: '/', runAs: { kind: 'runtime' }, timeoutMs: 60_000 };
  const envelope = envelopeFor(spec, {
    ...{ ...IDS, sessionId: 's', commandId, counter: ++counter, risk: 'read_only', technician: 'Jun' },
    ...{ notBefore: Date.now() - 1000, notAfter: Date.now() + lasts },
    actionHash: actionHash(sha256, 's', 'e', spec),
    approvals: [{ id: 'session', kind: 'session', hash: SESSION }],
  });
  const { bytes, signature } = signed(envelopeBytes(envelope));
  orders.take({ type: 'command', commandId, envelope: Buffer.from(bytes).toString('base64'), signature });
}

const policy = (owner: object) => writeFileSync(folder.policy, JSON.stringify(owner));
const minute = (inMinutes: number) => new Date(Date.now() + inMinutes * 60_000).toTimeString().slice(0, 5);

it.each<[string, string, () => unknown]>([
  ['that is cancelled', 'CONFLICT', () => orders.cancel('c1')],
  [
    'whose session the person ends',
    'APPROVAL_DENIED',
    () => consent.append({ type: 'session_ended', at: Date.now(), sessionId: 's', reason: '', account: 'o' }),
  ],
  [
    'whose session the desk closes',
    'APPROVAL_REQUIRED',
    () => consent.append({ type: 'session_closed', at: Date.now(), sessionId: 's', outcome: 'resolved' }),
  ],
  ['that the owner switches off', 'POLICY_DENIED', () => policy({ killSwitch: true })],
  [
    'that falls out of the owner’s hours',
    'POLICY_DENIED',
    () => policy({ hours: { from: minute(120), to: minute(180) } }),
  ],
  [
    'that expires',
    'APPROVAL_EXPIRED',
    () => {
      const end = Date.now() + 2000;
      return until(() => Date.now() > end);
    },
  ],
])('S4 a command %s while it is judged does not run', async (_what, code, happens) => {
  take('c1', { lasts: code === 'APPROVAL_EXPIRED' ? 2000 : 100_000 });
  await until(() => asked.length === 1);
  // Its turn has come, and all that could be looked at without the verdict was.
  await new Promise((resolve) => setImmediate(resolve));
  await happens();
  asked[0]!.answer({ risk: 'read_only', why: '' });
  await until(() => said.some(({ type }) => type === 'refuse' || type === 'accept'));
  expect(said).toMatchObject([{ type: 'refuse', commandId: 'c1', code }]);
  expect(readFileSync(folder.journal, 'utf8')).not.toContain('intent');
});

it('S4 the owner’s readOnly that comes while a script is judged counts for it', async () => {
  take('c1', { script: 'touch /srv/x' });
  await until(() => asked.length === 1);
  await new Promise((resolve) => setImmediate(resolve));
  policy({ readOnly: true });
  asked[0]!.answer({ risk: 'change', why: 'It writes.' });
  await until(() => said.length > 0);
  expect(said).toMatchObject([{ type: 'refuse', code: 'POLICY_DENIED', judged: 'change' }]);
});

it('S4 a script that nobody could judge is refused without a class, so that it can be sent again', async () => {
  policy({ readOnly: true });
  take('c1');
  asked[0]!.answer({ risk: 'change', why: '', unjudged: true });
  await until(() => said.length > 0);
  expect(said).toMatchObject([{ type: 'refuse', code: 'POLICY_DENIED' }]);
  expect(said[0]).not.toHaveProperty('judged');
  expect(said[0]).toMatchObject({ message: expect.stringContaining('Send it again') as string });
});

it('F045 while one script is judged the next is too, and what is typed into another command waits for neither', async () => {
  take('c1', { script: 'uptime' });
  take('c2', { script: 'id' });
  expect(asked.map(({ script }) => script)).toEqual(['uptime', 'id']);
  const typed = (commandId: string) => {
    const order: InputOrder = {
      ...{ v: 1, ...IDS, sessionId: 's', commandId, seq: 1, text: 'y', end: false, technician: 'Jun' },
      notAfter: Date.now() + 60_000,
    };
    const { bytes, signature } = signed(inputOrderBytes(order));
    const text = Buffer.from(bytes).toString('base64');
    orders.answer({ type: 'input', commandId, order: text, signature, secrets: {} });
  };
  typed('another');
  typed('c1');
  expect(said).toMatchObject([{ type: 'input_told', commandId: 'another', given: false }]);
  asked[1]!.answer({ risk: 'change', why: 'It writes.' });
  asked[0]!.answer({ risk: 'change', why: 'It writes.' });
  await until(() => said.length === 4);
  // Behind its own order, and orders in the order of their numbers.
  const told = said.map((message) => `${message.type} ${'commandId' in message ? message.commandId : ''}`);
  expect(told.indexOf('input_told c1')).toBeGreaterThan(told.indexOf('refuse c1'));
  expect(told.indexOf('refuse c2')).toBeGreaterThan(told.indexOf('refuse c1'));
});
