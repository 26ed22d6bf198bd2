import { expect, it } from 'vitest';
import { type Assertion, type PasskeyAnswer, checkAssertion, fingerprintOf } from '@throughline/domain/passkey';
import { passkeyDeps } from './passkey-signature.ts';
import { sha256 } from './sha256.ts';
import { SoftPasskey, type Twist, pinsOf } from './testing/soft-passkey.ts';

const answer: PasskeyAnswer = {
  endpointId: 'endpoint-1',
  sessionId: 'session-1',
  approvalId: 'approval-1',
  hash: 'a'.repeat(64),
  expiresAt: 1_900_000_000_000,
  decision: 'approve',
  reason: '',
};
const mara = new SoftPasskey('Mara Voss');
const check = (assertion: Assertion, said = answer, pins = pinsOf(mara)) =>
  checkAssertion(passkeyDeps, pins, said, assertion);

it.each(['es256', 'rs256', 'eddsa'] as const)('takes an answer that an %s key of a pinned approver signed', (kind) => {
  const key = new SoftPasskey('Ivo Lind', kind);
  expect(check(key.answer(answer), answer, pinsOf(mara, key))).toEqual({ ok: true, approver: key.approver });
});

it.each<[string, Partial<PasskeyAnswer>]>([
  ['endpoint', { endpointId: 'endpoint-2' }],
  ['session', { sessionId: 'session-2' }],
  ['question', { approvalId: 'approval-2' }],
  ['action', { hash: 'b'.repeat(64) }],
  ['expiry', { expiresAt: answer.expiresAt + 1 }],
  ['decision', { decision: 'deny' }],
  ['reason', { reason: 'other' }],
])('refuses the signature for another %s', (_, other) => {
  const assertion = mara.answer({ ...answer, ...other });
  expect(check(assertion)).toEqual({ ok: false, fault: 'The passkey signed something else than this question.' });
  expect(check(assertion, { ...answer, ...other }).ok).toBe(true);
});

it.each<[string, Twist, RegExp]>([
  ['a registration', { type: 'webauthn.create' }, /not an answer/],
  ['another origin', { origin: 'https://desk.example.com.evil.test' }, /another site/],
  ['a frame of another site', { crossOrigin: true }, /another site/],
  ['another relying party', { rpId: 'evil.test' }, /another site/],
  ['nobody present', { flags: 0x04 }, /touched/],
  ['nobody verified', { flags: 0x01 }, /did not check/],
])('refuses %s, though the true key signed it', (_, twist, fault) => {
  const checked = check(mara.answer(answer, twist));
  expect(checked.ok ? '' : checked.fault).toMatch(fault);
});

it('refuses each single byte changed in what was signed and in the signature', () => {
  const good = mara.answer(answer);
  let tried = 0;
  for (const part of ['authenticatorData', 'clientDataJSON', 'signature'] as const) {
    const bytes = Buffer.from(good[part], 'base64');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 0x01;
      expect(check({ ...good, [part]: changed.toString('base64') }).ok, `${part} ${i}`).toBe(false);
      tried++;
    }
  }
  expect(tried).toBeGreaterThan(200);
  expect(check(good).ok).toBe(true);
});

it('refuses a key that is not pinned, also under a pinned name or id, and what is no answer at all', () => {
  const other = new SoftPasskey('Mara Voss');
  expect(check(other.answer(answer))).toMatchObject({ ok: false, fault: expect.stringContaining('not one of those') });
  const { credentialId } = mara.approver;
  expect(check({ ...other.answer(answer), credentialId }).ok).toBe(false);
  expect(check(mara.answer(answer), answer, pinsOf()).ok).toBe(false);
  for (const junk of ['', '!', 'e30=', Buffer.from('not json').toString('base64')])
    expect(check({ ...mara.answer(answer), clientDataJSON: junk }).ok).toBe(false);
  expect(check({ ...mara.answer(answer), signature: '' }).ok).toBe(false);
  expect(check({ ...mara.answer(answer), authenticatorData: 'AAAA' }).ok).toBe(false);
  // A pinned key that is none verifies nothing.
  const broken = { ...mara.approver, publicKey: 'A'.repeat(64) };
  expect(check(mara.answer(answer), answer, { ...pinsOf(), approvers: [broken] }).ok).toBe(false);
});

it('shows a key as people compare it', () => {
  const fingerprint = fingerprintOf(sha256, mara.approver.publicKey);
  expect(fingerprint).toMatch(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
  expect(fingerprintOf(sha256, new SoftPasskey('x').approver.publicKey)).not.toBe(fingerprint);
});
