import { readFileSync, readdirSync } from 'node:fs';
import { COMMAND_TAG } from './environment.ts';

/** Signals a command's process group and every process that carries its tag, wherever it hid (setsid, double fork). */
export function signalCommand(commandId: string, leader: number | null, signal: NodeJS.Signals): void {
  if (leader !== null) deliver(-leader, signal);
  for (const pid of taggedProcesses(commandId)) deliver(pid, signal);
}

/** Live processes whose environment names this command. Linux only; elsewhere the process group is all there is. */
export function taggedProcesses(commandId: string): number[] {
  if (process.platform !== 'linux') return [];
  const tag = `${COMMAND_TAG}=${commandId}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).split('\0').includes(tag));
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    // Gone meanwhile, or another account's: not one of ours to signal.
    return '';
  }
}

function deliver(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
