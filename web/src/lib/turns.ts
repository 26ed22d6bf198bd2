export interface Turns {
  /**
   * Asks for a place. `begin` is called when there is one, at once or later, and `end` when another's turn has come; `begin` again when it
   * is ours once more. The function returned gives the place back for good.
   */
  join(begin: () => void, end: () => void): () => void;
}

interface Follower {
  begin: () => void;
  end: () => void;
  /** When its turn began, ms since the page was opened. */
  since: number;
}

/** A few places for many followers: whoever has one keeps it while nobody waits, and for `turnMs` at least. */
export function createTurns(places: number, turnMs: number): Turns {
  const holding: Follower[] = [];
  const waiting: Follower[] = [];
  let next: ReturnType<typeof setTimeout> | undefined;

  function fill(): void {
    while (holding.length < places) {
      const follower = waiting.shift();
      if (follower === undefined) break;
      follower.since = performance.now();
      holding.push(follower);
      follower.begin();
    }
    clearTimeout(next);
    const [longest] = holding;
    if (longest === undefined || waiting.length === 0) return;
    next = setTimeout(() => passOn(longest), Math.max(0, longest.since + turnMs - performance.now()));
  }

  function passOn(follower: Follower): void {
    holding.splice(holding.indexOf(follower), 1);
    follower.end();
    waiting.push(follower);
    fill();
  }

  return {
    join(begin, end) {
      const follower: Follower = { begin, end, since: 0 };
      waiting.push(follower);
      fill();
      return () => {
        for (const list of [holding, waiting]) {
          const place = list.indexOf(follower);
          if (place !== -1) list.splice(place, 1);
        }
        fill();
      };
    },
  };
}
