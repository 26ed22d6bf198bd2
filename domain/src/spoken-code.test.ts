import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { type SpokenAbout, spokenCode } from './spoken-code.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const question: SpokenAbout = {
  approvalId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  kind: 'action',
  hash: 'ab'.repeat(32),
  technician: 'Jun Park',
  reason: 'clear stale cache',
};

it('U31 the spoken code is six digits that follow from the question, and differ when any of it does', () => {
  const code = spokenCode(sha256, question);
  expect(code).toMatch(/^\d{6}$/);
  expect(spokenCode(sha256, { ...question })).toBe(code);
  const others = Object.keys(question).map((name) => spokenCode(sha256, { ...question, [name]: 'another' }));
  expect(others).not.toContain(code);
});
