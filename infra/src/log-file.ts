import { createWriteStream, type WriteStream } from 'node:fs';

/**
 * A log that lines are added to. When they cannot be written (a full disk) that is told, once, and the program whose log
 * it is goes on; the next line tries again.
 */
export function logFile(file: string, trouble: (error: Error) => void): { write(line: string): void } {
  let stream: WriteStream | null = null;
  let told = false;
  const open = (): WriteStream => {
    const opened = createWriteStream(file, { flags: 'a', mode: 0o600 });
    opened.on('error', (error) => {
      if (stream === opened) stream = null;
      if (!told) trouble(error);
      told = true;
    });
    return opened;
  };
  return {
    write(line) {
      stream ??= open();
      stream.write(`${line}\n`);
    },
  };
}
