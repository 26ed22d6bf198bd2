const QUIET_MS = 60_000;

/** Passes lines on, but the same line at most once a minute: what fails every two seconds must not push all else off the screen. */
export function withoutRepeats(say: (line: string) => void, now: () => number = Date.now): (line: string) => void {
  const saidAt = new Map<string, number>();
  return (line) => {
    for (const [old, at] of saidAt) if (now() - at >= QUIET_MS) saidAt.delete(old);
    if (saidAt.has(line)) return;
    saidAt.set(line, now());
    say(line);
  };
}
