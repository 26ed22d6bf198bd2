import { JUDGE, RUNNER, TRANSFER, keepHeapSmall } from './own-program.ts';

/*
 * Where the packed runtime begins (scripts/agent-build.mjs). The imports wait until it is known which of the four
 * programs is wanted, so that a runner, of which one is started for each command, loads only what is its own.
 */
// The judge's trees live for a whole parse, and would be moved again and again.
if (process.argv[2] !== JUDGE) keepHeapSmall();
if (process.argv[2] === RUNNER) {
  // A runner reads its folder where it stands when it is a program of its own.
  process.argv.splice(2, 1);
  void import('./runner/main.ts');
} else if (process.argv[2] === TRANSFER) {
  process.argv.splice(2, 1);
  void import('./transfer/main.ts');
} else if (process.argv[2] === JUDGE) {
  void import('./judge/main.ts');
} else {
  void import('./main.ts');
}
