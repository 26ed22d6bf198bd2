import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { syncFolder } from './data-folder.ts';

/** An append-only file of JSON lines. `append` returns once the line is on the disk (fdatasync). */
export interface NdjsonFile<T> {
  append: (record: T) => void;
  close: () => void;
}

/** Opens the file for appending and hands back what it holds. A torn last line (power loss) was never promised to anybody and is cut off. */
export function openNdjson<T>(path: string, schema: z.ZodType<T>): { records: T[]; file: NdjsonFile<T> } {
  const isNew = !existsSync(path);
  const { records, goodBytes } = isNew ? { records: [], goodBytes: 0 } : readNdjson(path, schema);
  const fd = openSync(path, 'a', 0o600);
  ftruncateSync(fd, goodBytes);
  if (isNew) syncFolder(dirname(path));
  return { records, file: appendTo(fd) };
}

export function appendTo<T>(fd: number): NdjsonFile<T> {
  return {
    append(record) {
      const line = `${JSON.stringify(record)}\n`;
      const before = fstatSync(fd).size;
      try {
        // A full disk takes a part of a line without a word: half a line in the middle would be damage for ever.
        if (writeSync(fd, line) !== Buffer.byteLength(line)) throw noRoom();
        fdatasyncSync(fd);
      } catch (error) {
        ftruncateSync(fd, before);
        throw error;
      }
    },
    close: () => closeSync(fd),
  };
}

const noRoom = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

/** Reads the whole lines of a file. A line that is whole and yet not understood is damage, and is an error: guessing here could run a command twice. */
export function readNdjson<T>(path: string, schema: z.ZodType<T>): { records: T[]; goodBytes: number } {
  const bytes = readFileSync(path);
  const records: T[] = [];
  let goodBytes = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, goodBytes)) {
    const line = bytes.toString('utf8', goodBytes, end);
    try {
      records.push(schema.parse(JSON.parse(line)));
    } catch (cause) {
      throw new Error(
        `${path} is damaged at byte ${goodBytes}. Nothing will run until it is repaired: restore the file, or enrol this computer again with a new data folder.`,
        { cause },
      );
    }
    goodBytes = end + 1;
  }
  return { records, goodBytes };
}
