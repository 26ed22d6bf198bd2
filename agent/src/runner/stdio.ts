import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, constants, fstatSync, openSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { CommandFiles } from './command-folder.ts';

/** The child's three ends. */
export interface ChildStdio {
  /** For spawn(). */
  fds: [number, number, number];
  stdout: Socket;
  stderr: Socket;
  /** Our end of the child's stdin, where that is open. */
  stdin: Socket | null;
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

export function openStdio(files: CommandFiles, openInput: boolean): ChildStdio {
  const { stdin, ours, wasRead } = openInput ? openStdin(files) : emptyStdin(files);
  const out = openPipe(files.stdout);
  const err = openPipe(files.stderr);
  return {
    fds: [stdin, out.write, err.write],
    stdout: out.read,
    stderr: err.read,
    stdin: ours,
    closeChildEnds: () => [out.write, err.write, ...(ours ? [stdin] : [])].forEach((fd) => closeSync(fd)),
    askedForInput: wasRead,
  };
}

interface Stdin {
  /** The child's end. */
  stdin: number;
  ours: Socket | null;
  wasRead: () => boolean;
}

function emptyStdin(files: CommandFiles): Stdin {
  utimesSync(files.stdin, new Date(0), new Date());
  const stdin = openSync(files.stdin, 'r');
  const before = fstatSync(stdin).atimeMs;
  return { stdin, ours: null, wasRead: () => fstatSync(stdin).atimeMs !== before };
}

/** A pipe in place of the empty file, and one for the answers that the runtime brings. */
function openStdin(files: CommandFiles): Stdin {
  rmSync(files.stdin);
  execFileSync('mkfifo', ['-m', '0600', files.stdin, files.answers]);
  // Another account's child may reopen /dev/stdin. The folder itself is 0700.
  chmodSync(files.stdin, 0o644);
  // Both at once and without waiting, so that each of the two true ends finds the other there.
  const both = openSync(files.stdin, constants.O_RDWR | constants.O_NONBLOCK);
  const stdin = openSync(files.stdin, constants.O_RDONLY);
  const write = openSync(files.stdin, constants.O_WRONLY | constants.O_NONBLOCK);
  closeSync(both);
  return { stdin, ours: new Socket({ fd: write, readable: false, writable: true }), wasRead: () => false };
}

function openPipe(path: string): { read: Socket; write: number } {
  // The reader first and without waiting, else each end waits for the other.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const write = openSync(path, constants.O_WRONLY);
  return { read: new Socket({ fd, readable: true, writable: false }), write };
}
