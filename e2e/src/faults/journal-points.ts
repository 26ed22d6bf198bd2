/** What must hold after a death at a point: the "At most once" table of docs/PROTOCOL.md. */
export type Outcome =
  /** Ran once and its end is known. */
  | 'once'
  /** Reported unknown, and provably nothing was run. */
  | 'unknown, not run'
  /** Reported unknown, run once or not at all. */
  | 'unknown'
  /** Refused, never run. */
  | 'refused';

export interface Point {
  /** Where to die, one after the other. */
  deaths: string[];
  outcome: Outcome;
  /** What makes the point come up. */
  by: 'order' | 'order without consent' | 'cancel before order' | 'reconnect';
}

const order = (outcome: Outcome, ...deaths: string[]): Point => ({ deaths, outcome, by: 'order' });
const writes = (what: string) => ['before write', 'after write', 'after sync'].map((when) => `${what} ${when}`);

/** Every durable write of a command's life, and the steps between them that leave no trace. */
export const POINTS: readonly Point[] = [
  ...writes('runtime intent').map((death) => order('once', death)),
  order('once', 'runtime hand before'),
  order('once', 'runtime hand after'),
  order('once', 'runner claim before rename'),
  order('once', 'runner claim after rename'),
  order('once', 'runner claim after rename', 'runtime put-aside before rename'),
  order('once', 'runner claim after rename', 'runtime put-aside after rename'),
  order('once', 'runner started before write'),
  order('unknown, not run', 'runner started after write'),
  order('unknown, not run', 'runner started after sync'),
  order('unknown, not run', 'runner spawn before'),
  order('unknown', 'runner spawn after'),
  ...writes('runner spawned').map((death) => order('unknown', death)),
  order('unknown', 'runner spool before write'),
  order('unknown', 'runner spool after write'),
  order('unknown', 'runner spool before sync'),
  order('unknown', 'runner spool after sync'),
  order('unknown', 'runner exit before write'),
  order('once', 'runner exit after write'),
  order('once', 'runner exit after sync'),
  ...writes('runtime settled').map((death) => order('once', death)),
  order('once', 'runtime settled before removal'),
  ...writes('runtime unknown').map((death) => order('unknown', 'runner spawn after', death)),
  ...writes('runtime refused').map((death) => ({
    deaths: [death],
    outcome: 'refused' as const,
    by: 'order without consent' as const,
  })),
  ...writes('runtime tombstone').map((death) => ({
    deaths: [death],
    outcome: 'refused' as const,
    by: 'cancel before order' as const,
  })),
  { deaths: ['runtime join-counter before rename'], outcome: 'once', by: 'reconnect' },
  { deaths: ['runtime join-counter after rename'], outcome: 'once', by: 'reconnect' },
];
