import type { Fault } from '@throughline/domain/verify-report';
import { verifyBundle } from '@throughline/domain/verify-bundle';
import { verifyDeps } from '@throughline/store/verify-deps';
import { describe, expect, it } from 'vitest';
import { readBundle } from './read-bundle.ts';
import { type Vector, vectors } from './testing/bad-vectors.ts';
import { passkeyVectors } from './testing/passkey-vectors.ts';
import { pythonIsThere, verifyInPython } from './testing/python-verifier.ts';
import { wholeRecord } from './testing/record-fixture.ts';

const strong = passkeyVectors();
const all = [...vectors(), ...strong];

const ours = ({ file, trusted }: Pick<Vector, 'file' | 'trusted'>) =>
  verifyBundle(readBundle(file), {
    ...verifyDeps,
    ...(trusted === undefined ? {} : { trustedKeys: new Set(trusted) }),
  });

/** What two verifiers have to agree on; words may differ. */
const essence = (faults: readonly { verdict: string; entry?: number | null; commandId?: string | null }[]) =>
  faults.map((fault) => `${fault.verdict} ${fault.entry ?? '-'} ${fault.commandId ?? '-'}`).sort();

describe('F118 the verifier', () => {
  it.each(all.map((vector) => [vector.name, vector] as const))('says what is wrong: %s', (_, vector) => {
    const report = ours(vector);
    expect(report.verdict, JSON.stringify(report.faults)).toBe(vector.verdict);
    if (vector.entry !== undefined) expect(report.faults.map((fault: Fault) => fault.entry)).toContain(vector.entry);
    if (vector.verdict === 'valid') expect(report.faults).toEqual([]);
  });

  it('names one entry, and no other, when one byte of it was changed', () => {
    for (const vector of all.filter((v) => /^one byte of the (header|payload|salt) of entry/.test(v.name)))
      expect(new Set(ours(vector).faults.flatMap((fault) => fault.entry ?? [])), vector.name).toEqual(
        new Set([vector.entry]),
      );
  });

  it('F047 finds work before consent in a record whose hashes are all in order', () => {
    const report = ours(all.find((vector) => vector.name === 'work before consent') as Vector);
    expect(report.faults.map((fault) => fault.what).join()).toContain('before the person there had consented');
  });

  it('counts what it checked', () => {
    expect(ours({ file: Buffer.from(JSON.stringify(wholeRecord())) }).checked).toMatchObject({
      entries: 24,
      frames: 4,
      outputBytes: 19,
      signatures: 4,
      dispatches: 2,
      order: true,
      checkpoint: { entries: 24 },
    });
  });
});

it('F118 strong mode: says whose passkey answered, by the fingerprint that the endpoint shows', () => {
  const { checked } = ours(strong[0] as Vector);
  expect(checked.passkeys).toMatchObject([{ name: 'Mara Voss', answers: 1 }]);
  expect(checked.passkeys[0]?.fingerprint).toMatch(/^([0-9a-f]{4} ){7}[0-9a-f]{4}$/);
});

/** Files with one byte of their text changed, at places spread over the whole. */
function changedFiles(count: number): { file: Uint8Array; at: number }[] {
  const good = Buffer.from(JSON.stringify(wholeRecord()));
  return Array.from({ length: count }, (_, i) => {
    const file = Buffer.from(good);
    const at = Math.floor((i * good.length) / count);
    file[at] = (file[at] as number) ^ (1 + (i % 7));
    return { file, at };
  });
}

/** Members that are there for people and that nothing depends on: the verifiers make no promise about them. */
const uncovered = [/"exportedAt":"[^"]*"/g, /"off":\d+,"at":"[^"]*"/g, /"label":"[^"]*"/g].flatMap((pattern) => [
  ...JSON.stringify(wholeRecord()).matchAll(pattern),
]);
const isUncovered = (at: number) => uncovered.some((match) => at >= match.index && at < match.index + match[0].length);

describe('F118 a changed byte anywhere in the file', () => {
  it('is noticed, wherever it is', { timeout: 60_000 }, () => {
    const unnoticed = changedFiles(600)
      .filter(({ at }) => !isUncovered(at))
      .filter((change) => ours(change).verdict === 'valid');
    expect(unnoticed.map(({ at }) => at)).toEqual([]);
  });
});

const second = pythonIsThere() ? describe : describe.skip;
second('F125 the second verifier, in Python (needs python3)', () => {
  it('agrees on every vector, down to the entries named', { timeout: 120_000 }, () => {
    const theirs = verifyInPython(all);
    expect(theirs).toHaveLength(all.length);
    for (const [i, vector] of all.entries()) {
      const report = ours(vector);
      expect(theirs[i]?.verdict, vector.name).toBe(report.verdict);
      expect(essence(theirs[i]?.faults ?? []), vector.name).toEqual(essence(report.faults));
    }
  });

  it('agrees on files with any one byte changed', { timeout: 120_000 }, () => {
    const files = changedFiles(300);
    const theirs = verifyInPython(files);
    for (const [i, change] of files.entries()) {
      const report = ours(change);
      expect(theirs[i]?.verdict, `byte ${change.at}`).toBe(report.verdict);
      expect(essence(theirs[i]?.faults ?? []), `byte ${change.at}`).toEqual(essence(report.faults));
    }
  });
});
