/**
 * Stops this process when the one that started it is gone (also by kill -9): the supervisor holds our stdin open, so its end is
 * the sign. Only where the supervisor says so, because services and terminals close stdin for other reasons.
 */
export function watchParent(supervised: boolean, stop: () => void): void {
  if (!supervised) return;
  process.stdin.resume();
  process.stdin.on('end', stop);
  process.stdin.on('error', stop);
  // Listening must not keep a process alive that has nothing else to do.
  process.stdin.unref();
}
