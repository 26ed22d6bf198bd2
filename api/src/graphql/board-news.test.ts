import { randomUUID } from 'node:crypto';
import type { Tx } from '@throughline/store/tenant';
import { describe, expect, it } from 'vitest';
import { type BoardChange, BoardNews } from './board-news.ts';

const change = (sessionId: string | null, endpointId: string | null = null): BoardChange => ({
  kind: 'session',
  sessionId,
  endpointId,
  at: new Date(),
});
const everything = { mspId: randomUUID(), clients: '*' as const };
const some = { mspId: randomUUID(), clients: [randomUUID()] };

/** A database that sees these ids, and what it was asked for. */
function database(visible: string[]) {
  const asked: string[][] = [];
  const query = async (_sql: string, [, ids]: [string, string[]]) => {
    asked.push(ids);
    return { rows: ids.filter((id) => visible.includes(id)).map((id) => ({ id })) };
  };
  return { asked, read: <T>(fn: (tx: Tx) => Promise<T>) => fn({ query } as unknown as Tx) };
}
const none = <T>(): Promise<T> => Promise.reject(new Error('nothing is to be read'));
const told = (news: BoardChange[]) => news.map(({ kind, sessionId, endpointId }) => sessionId ?? endpointId ?? kind);

describe('the news of a board', () => {
  it('says "look again" where nothing is known to have changed', async () => {
    expect(told(await new BoardNews().take(everything, none))).toEqual(['refresh']);
  });

  it('F139 tells each session once a turn, and asks the database nothing for whoever sees every client', async () => {
    const news = new BoardNews();
    for (const id of ['a', 'b', 'a', 'a']) news.add(change(id));
    expect(told(await news.take(everything, none)).sort()).toEqual(['a', 'b']);
    news.add(change('b'));
    expect(told(await news.take(everything, none))).toEqual(['b']);
  });

  it('F139 tells much at once as one "look again"', async () => {
    const news = new BoardNews();
    for (let n = 0; n < 21; n += 1) news.add(change(`s${n}`));
    expect(told(await news.take(everything, none))).toEqual(['refresh']);
    for (let n = 0; n < 20; n += 1) news.add(change(`s${n}`));
    expect(await news.take(everything, none)).toHaveLength(20);
  });

  it('F132 never names, nor hints at, what is out of sight, and looks an id up once', async () => {
    const { asked, read } = database(['mine', 'my computer']);
    const news = new BoardNews();
    for (let n = 0; n < 30; n += 1) news.add(change(`hidden ${n}`));
    news.add(change('mine', 'my computer'));
    news.add(change('mine', 'hidden 0'));
    expect(told(await news.take(some, read))).toEqual(['mine']);
    news.add(change('hidden 3'));
    expect(await news.take(some, read)).toEqual([]);
    news.add(change('mine'));
    expect(told(await news.take(some, read))).toEqual(['mine']);
    expect(asked).toHaveLength(1);
  });
});
