import type { Random } from '../random.ts';
import { type Workload, steadyOutput } from '../workload.ts';
import { type Vm, WITNESS } from './vm.ts';

/** Writes all the time, so that a cut finds output at every stage of its way. */
const PIECE_MS = 400;

let made = 0;

/**
 * A command whose every byte is known, and whose starts are told to this computer past the machine's disk: a file in there could be lost
 * with the power, and with it the proof that something ran twice.
 */
export function witnessedOutput(vm: Vm, random: Random, lastsMs: number): Workload {
  const word = `started-${process.pid}-${++made}`;
  const { body, stdout, stderr } = steadyOutput(vm.folder, random, lastsMs, Math.ceil(lastsMs / PIECE_MS));
  const executions = () => vm.witnessed().filter((line) => line === word).length;
  return {
    ...{ script: `echo ${word} > ${WITNESS}; ${body}`, body, stdout, stderr, lastsMs },
    executions,
    begun: () => executions() > 0,
  };
}
