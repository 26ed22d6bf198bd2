// Preloaded into a runtime under test and, through NODE_OPTIONS, into its runners: they kill themselves right before or
// after one durable write. The product knows nothing of it. THROUGHLINE_DIE_AT names a file with the points to die at, one a
// line, such as "runner exit before write"; each is taken out of the file as it is used.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

const file = process.env.THROUGHLINE_DIE_AT;
const isRunner = process.argv[1]?.endsWith('runner/main.ts') ?? false;
const isRuntime = process.argv[1]?.endsWith('agent/src/main.ts') && process.argv.includes('run');
const real = { ...fs };

if (file && (isRunner || isRuntime)) {
  const at = (point) => {
    if (!real.existsSync(file)) return;
    const [next, ...rest] = real.readFileSync(file, 'utf8').split('\n').filter(Boolean);
    if (next !== `${isRunner ? 'runner' : 'runtime'} ${point}`) return;
    if (rest.length > 0) real.writeFileSync(file, rest.join('\n'));
    else real.unlinkSync(file);
    process.kill(process.pid, 'SIGKILL');
  };

  /** A waiting runner practises with a command of its own; nobody's order dies of it. */
  const isDrill = (fd) => real.readlinkSync(`/proc/self/fd/${fd}`).includes('.drill');
  /** What was last written to a file, so that its sync can be told apart. */
  const written = new Map();
  fs.writeSync = (fd, data, ...more) => {
    const what = typeof data === 'string' ? /^\{"type":"(\w+)"/.exec(data)?.[1] : undefined;
    if (what === undefined || isDrill(fd)) return real.writeSync(fd, data, ...more);
    at(`${what} before write`);
    const count = real.writeSync(fd, data, ...more);
    written.set(fd, what);
    at(`${what} after write`);
    return count;
  };
  fs.writevSync = (fd, ...more) => {
    if (isDrill(fd)) return real.writevSync(fd, ...more);
    at('spool before write');
    const count = real.writevSync(fd, ...more);
    written.set(fd, 'spool');
    at('spool after write');
    return count;
  };
  fs.fdatasyncSync = (fd) => {
    const what = written.get(fd);
    if (what === 'spool') at('spool before sync');
    real.fdatasyncSync(fd);
    if (what !== undefined) at(`${what} after sync`);
  };
  fs.renameSync = (from, to) => {
    const what = renamed(basename(String(from)), basename(String(to)));
    if (what !== null) at(`${what} before rename`);
    real.renameSync(from, to);
    if (what !== null) at(`${what} after rename`);
  };
  fs.rmSync = (path, ...more) => {
    if (isRuntime && basename(String(path)) === 'spool.bin') at('settled before removal');
    return real.rmSync(path, ...more);
  };
  const { spawn, fork } = childProcess;
  childProcess.spawn = (command, args, options) => {
    const isCommand = isRunner && options?.detached === true && !isDrill(options.stdio[1]);
    if (isCommand) at('spawn before');
    const child = spawn(command, args, options);
    if (isCommand) at('spawn after');
    return child;
  };
  childProcess.fork = (...all) => {
    const runner = fork(...all);
    const send = runner.send.bind(runner);
    runner.send = (...message) => {
      at('hand before');
      const sent = send(...message);
      at('hand after');
      return sent;
    };
    return runner;
  };
  syncBuiltinESMExports();
}

function renamed(from, to) {
  if (from.startsWith('.ready-') && !from.includes('.drill')) return 'claim';
  if (to.includes('.dead-')) return 'put-aside';
  return to === 'join-counter' ? 'join-counter' : null;
}
