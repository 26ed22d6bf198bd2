import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from './random.ts';

/** A command whose every byte is known beforehand, and that tells how often it was started. */
export interface Workload {
  script: string;
  /** Its part that writes. */
  body: string;
  stdout: Buffer;
  stderr: Buffer;
  /** About how long it writes. */
  lastsMs: number;
  /** How often it was begun: each try leaves a line, and only the first could create the file (O_EXCL). */
  executions(): number;
  begun(): boolean;
}

let made = 0;

/** Lines and NULs and bytes that are no text, on both streams, spread over some seconds. */
export function steadyOutput(lab: string, random: Random, lastsMs = 3_000, pieces = random.between(15, 30)): Workload {
  const lines = random.between(20, 1_500);
  const tag = random.between(100, 999);
  const pauseMs = Math.round(lastsMs / pieces);
  const body =
    `for i in $(seq 1 ${pieces}); do seq -f "${tag}-%.0f" $((i*${lines}+1)) $((i*${lines}+${lines})); printf '\\000\\377\\n'; ` +
    `printf 'err %s\\n' $i >&2; sleep ${(pauseMs / 1000).toFixed(3)}; done`;
  const stdout: Buffer[] = [];
  const stderr: string[] = [];
  for (let piece = 1; piece <= pieces; piece++) {
    const numbers = Array.from({ length: lines }, (_, line) => `${tag}-${piece * lines + 1 + line}\n`);
    stdout.push(Buffer.from(numbers.join('')), Buffer.from([0, 255, 10]));
    stderr.push(`err ${piece}\n`);
  }
  return counted(lab, body, Buffer.concat(stdout), Buffer.from(stderr.join('')), lastsMs);
}

/** Wraps a script so that each start is counted, and a second one is refused by the file system. */
export function counted(lab: string, body: string, stdout: Buffer, stderr: Buffer, lastsMs = 0): Workload {
  const folder = join(lab, `work-${process.pid}-${++made}`);
  mkdirSync(folder, { recursive: true });
  const tries = join(folder, 'tries');
  return {
    script: `echo $$ >> ${tries}; set -o noclobber; : > ${join(folder, 'once')} || exit 9; set +o noclobber; ${body}`,
    body,
    stdout,
    stderr,
    lastsMs,
    executions: () => (existsSync(tries) ? readFileSync(tries, 'utf8').split('\n').length - 1 : 0),
    begun: () => existsSync(tries),
  };
}
