import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, constants, fstatSync, openSync, utimesSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { CommandFiles } from './command-folder.ts';

/** The child's three ends. */
export interface ChildStdio {
  /** For spawn(). */
  fds: [number, number, number];
  stdout: Socket;
  stderr: Socket;
  /** To be called once the child has its own copies. */
  closeChildEnds: () => void;
  askedForInput: () => boolean;
}

/**
 * Real named pipes rather than Node's own, which are sockets: `tee /dev/stderr` and `> /dev/stdout` fail on a socket.
 * stdin is an empty file, so a read ends at once as from /dev/null, and its access time tells that somebody asked for
 * input. On a file system mounted noatime that cannot be known and is reported as "not asked".
 */
export function prepareStdio(files: CommandFiles): void {
  execFileSync('mkfifo', ['-m', '0622', files.stdout, files.stderr]);
  // mkfifo's mode is exact, but say it: another account's child may reopen /dev/stdout. The folder itself is 0700.
  chmodSync(files.stdout, 0o622);
  chmodSync(files.stderr, 0o622);
  writeFileSync(files.stdin, '', { mode: 0o444 });
}

export function openStdio(files: CommandFiles): ChildStdio {
  utimesSync(files.stdin, new Date(0), new Date());
  const stdin = openSync(files.stdin, 'r');
  const before = fstatSync(stdin).atimeMs;
  const out = openPipe(files.stdout);
  const err = openPipe(files.stderr);
  return {
    fds: [stdin, out.write, err.write],
    stdout: out.read,
    stderr: err.read,
    closeChildEnds: () => [out.write, err.write].forEach((fd) => closeSync(fd)),
    askedForInput: () => fstatSync(stdin).atimeMs !== before,
  };
}

function openPipe(path: string): { read: Socket; write: number } {
  // The reader first and without waiting, else each end waits for the other.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const write = openSync(path, constants.O_WRONLY);
  return { read: new Socket({ fd, readable: true, writable: false }), write };
}
