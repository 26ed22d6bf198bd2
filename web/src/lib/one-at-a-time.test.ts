import { describe, expect, it } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

describe('one at a time', () => {
  it('F078 lets a slow answer come, and asks once more for all that was wanted meanwhile', async () => {
    const answers: (() => void)[] = [];
    const act = () => new Promise<void>((resolve) => answers.push(resolve));
    const read = oneAtATime(act);
    const first = read();
    await Promise.all([read(), read(), read()]);
    expect(answers).toHaveLength(1);
    answers[0]!();
    await Promise.resolve().then(() => undefined);
    await expect.poll(() => answers.length).toBe(2);
    answers[1]!();
    await first;
    expect(answers).toHaveLength(2);
  });

  it('goes on after a failure', async () => {
    let calls = 0;
    const read = oneAtATime(() => {
      calls += 1;
      if (calls === 1) throw new Error('no network');
    });
    await expect(read()).rejects.toThrow('no network');
    await read();
    expect(calls).toBe(2);
  });
});
