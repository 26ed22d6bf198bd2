import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** "node (process 123)" for the program listening on a TCP port of this machine, or null when the system will not say. */
export function whoListens(port: number): string | null {
  if (process.platform !== 'linux') return null;
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return null;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const holds = optional(() =>
      readdirSync(`/proc/${pid}/fd`).some((fd) =>
        sockets.has(optional(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ''),
      ),
    );
    if (!holds) continue;
    const name = optional(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
    return `${name ?? 'a program'} (process ${pid})`;
  }
  return null;
}

function listeningSockets(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return (optional(() => readFileSync(table, 'utf8')) ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${wanted}`) && fields[3] === '0A')
    .map((fields) => `socket:[${fields[9]}]`);
}

/** Processes come and go, and other users' are closed to us: both just mean "cannot say". */
function optional<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EPERM' || code === 'ESRCH') return null;
    throw error;
  }
}
