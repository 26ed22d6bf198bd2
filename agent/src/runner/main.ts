import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunOrder, zRunOrder } from '../run-order.ts';
import { cgroupsAllowed } from '../env.ts';
import { CommandCgroup } from './command-cgroup.ts';
import { commandFiles } from './command-folder.ts';
import { clearDrill, drill } from './drill.ts';
import { prepareFolder } from './prepared-folder.ts';
import { RUN_LIMITS, runCommand } from './run-command.ts';

/*
 * One process per command: `runner <commands folder> [drill]`. It waits, everything loaded, prepared and practised, for one order over
 * IPC, runs it and ends. Once it has an order it needs the runtime no more: that may crash, be upgraded or lose its
 * connection, and the command goes on.
 */
const commands = process.argv[2] ?? '';
if (commands === '') throw new RangeError('usage: runner <commands folder> [drill]');
const mayDrill = process.argv[3] === 'drill';
const prepared = join(commands, `.ready-${process.pid}`);
prepareFolder(prepared);
const cgroup = cgroupsAllowed ? CommandCgroup.enter() : null;
if (cgroup) writeFileSync(commandFiles(prepared).cgroup, cgroup.path, { mode: 0o600 });

const DRILL_AFTER_MS = 150;
let order: RunOrder | null = null;
process.on('SIGHUP', () => undefined);
process.on('SIGUSR2', () => undefined);
process.on('disconnect', () => order ?? discard());
process.on('message', (message: unknown) => {
  if (order) return;
  order = zRunOrder.parse(message);
  runCommand(order, prepared, join(commands, order.commandId), poke, RUN_LIMITS, cgroup).then(
    () => {
      cgroup?.leave();
      // The runtime that gave the order may be gone: then there is nothing to close, and trying would throw.
      if (process.connected) process.disconnect();
    },
    (error: unknown) => {
      process.stderr.write(`runner ${process.pid} of command ${order?.commandId}: ${String(error)}\n`);
      discard();
    },
  );
});
// The runtime may have ended while this was loading.
if (!process.connected) discard();
// Nobody may be there any more to hear it; an order that came meanwhile goes on all the same.
process.send?.({ type: 'ready' }, () => undefined);
// Not at once: orders that follow one another closely would wait for it. One that fails may leave parts of it at work: another runner is
// started then when there is an order, and says in words what fails.
if (mayDrill) setTimeout(() => order ?? void drill(commands).catch(() => order ?? discard()), DRILL_AFTER_MS).unref();

let resting = false;
let more = false;
/** Told at once, because a short command's end follows in the same turn and waits for the disk; the rest once a turn. */
function poke(): void {
  more = resting;
  if (resting) return;
  if (process.connected) process.send?.({ type: 'news' }, () => undefined);
  resting = true;
  setImmediate(() => {
    resting = false;
    if (more) poke();
  });
}

function discard(): void {
  rmSync(prepared, { recursive: true, force: true });
  clearDrill(commands);
  cgroup?.leave();
  process.exit(1);
}
