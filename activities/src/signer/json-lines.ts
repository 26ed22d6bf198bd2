import type { Socket } from 'node:net';
import { MAX_LINE } from './protocol.ts';

/** Calls `line` for each whole line that comes in. One that does not end ends the connection: nobody of ours sends it. */
export function readLines(socket: Socket, line: (text: string) => void): void {
  let waiting: Buffer[] = [];
  let length = 0;
  socket.on('data', (data: Buffer) => {
    let rest = data;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const text = Buffer.concat([...waiting, rest.subarray(0, end)]).toString('utf8');
      waiting = [];
      length = 0;
      rest = rest.subarray(end + 1);
      line(text);
    }
    if (rest.length === 0) return;
    waiting.push(rest);
    length += rest.length;
    if (length > MAX_LINE) socket.destroy(new RangeError(`a line is longer than ${MAX_LINE} bytes`));
  });
}
