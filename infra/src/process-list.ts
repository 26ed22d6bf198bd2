import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { PartFailure } from './part-failure.ts';
import { identify, isAlive, stopStranger } from './process-identity.ts';
import { writeWhole } from './write-whole.ts';

const identity = z.object({ pid: z.number().int().positive(), startTime: z.string() });
const listSchema = z.object({
  main: identity,
  parts: z.array(identity.extend({ name: z.string(), signal: z.enum(['SIGTERM', 'SIGINT']) })),
});
type List = z.infer<typeof listSchema>;

/** The processes of this run, on disk, so that the next start can clean up after a `kill -9` or a power cut. */
export interface ProcessList {
  /** Never fails: a list that cannot be written (a full disk) is told, and costs the next start its second net only. */
  add(name: string, pid: number, signal?: 'SIGTERM' | 'SIGINT'): void;
}

/**
 * Stops what an earlier run with the same data folder left behind, then begins a new list.
 * Refuses when that earlier run is still going.
 */
export async function takeOver(file: string, onProgress: (line: string) => void): Promise<ProcessList> {
  const earlier = read(file);
  if (earlier && isAlive(earlier.main) && earlier.main.pid !== process.pid) {
    throw new PartFailure(
      'Start',
      `Throughline already runs with this data folder (process ${earlier.main.pid})`,
      `use it, stop it with "kill ${earlier.main.pid}", or set DATA_DIR and PORT for a second one`,
    );
  }
  const left = (earlier?.parts ?? []).filter(isAlive).reverse();
  for (const part of left) {
    onProgress(`stopping ${part.name} (process ${part.pid}), left by an earlier run that was killed`);
    await stopStranger(part, part.signal, 15_000);
  }

  const main = identify(process.pid);
  if (!main) throw new Error('This process cannot find itself in the system.');
  const list: List = { main, parts: [] };
  save(file, list);
  return {
    add(name, pid, signal = 'SIGTERM') {
      const found = identify(pid);
      if (!found) return; // already over
      list.parts = [...list.parts.filter((part) => part.name !== name), { ...found, name, signal }];
      try {
        save(file, list);
      } catch (error) {
        onProgress(`the list of processes could not be written (${(error as Error).message})`);
      }
    },
  };
}

function read(file: string): List | null {
  if (!existsSync(file)) return null;
  try {
    return listSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    // Half written at a power cut: after that no process of ours can be alive either.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

function save(file: string, list: List): void {
  writeWhole(file, JSON.stringify(list));
}
