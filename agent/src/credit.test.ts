import { expect, it } from 'vitest';
import { Credit } from './credit.ts';

it('wakes who found it used up, longest waiting first, and only while there is some', () => {
  const credit = new Credit(10);
  const woken: string[] = [];
  const waits = (name: string, takes: number) => () => {
    woken.push(name);
    credit.take(takes);
  };
  const [first, second, third] = [waits('first', 4), waits('second', 4), waits('third', 4)];
  credit.take(10);
  expect([first, second, third].map((each) => credit.available(each))).toEqual([false, false, false]);
  credit.forget(second);
  credit.giveBack(3);
  expect(woken).toEqual(['first']);
  credit.giveBack(4);
  expect(woken).toEqual(['first', 'third']);
});

it('wakes each waiting one once', () => {
  const credit = new Credit(1);
  let woken = 0;
  const again = () => void (woken += 1);
  credit.take(1);
  credit.available(again);
  credit.available(again);
  credit.giveBack(1);
  credit.giveBack(0);
  expect(woken).toBe(1);
});
