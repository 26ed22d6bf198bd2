import { supervise } from '../process.ts';

/**
 * A parent to be killed by tests: starts the shell command it is given under supervision, prints the child's id and
 * then stays.
 */
const child = supervise({
  name: 'child',
  command: '/bin/sh',
  args: ['-c', process.argv[2] ?? 'sleep 1000'],
  stopTimeoutMs: 1_000,
  output: { onLine: () => {} },
});
process.stdout.write(`${child.pid()}\n`);
process.on('SIGTERM', () => void child.stop().then(() => process.exit()));
setInterval(() => {}, 1_000);
