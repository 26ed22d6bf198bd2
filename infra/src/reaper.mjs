// Outlives its parent by a moment, to stop what the parent started and could not stop itself (kill -9, crash).
// Plain JavaScript without imports of ours: it must start fast and must not depend on anything that may be broken.
// It reads lines of JSON on stdin: {op:'watch',pid,startTime,signal} {op:'forget',pid} {op:'remove',path} {op:'keep',path}.
// When stdin ends, the parent is gone: every watched process is asked to stop, then killed; then temp folders are removed.
import { readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

const watched = new Map();
const folders = new Set();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

process.on('SIGINT', () => {}); // Ctrl+C is the parent's affair.

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.op === 'watch') watched.set(message.pid, message);
  else if (message.op === 'forget') watched.delete(message.pid);
  else if (message.op === 'remove') folders.add(message.path);
  else if (message.op === 'keep') folders.delete(message.path);
}

// Last started, first stopped: the api before the database it talks to.
for (const entry of [...watched.values()].reverse()) {
  for (const [signal, patience] of [
    [entry.signal, 5_000],
    ['SIGKILL', 2_000],
  ]) {
    if (!alive(entry)) break;
    try {
      // Everything we start leads its own process group, so this reaches its children too.
      process.kill(signal === 'SIGKILL' ? -entry.pid : entry.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') process.exitCode = 1; // Nobody is left to tell; the other entries still matter.
    }
    for (const end = Date.now() + patience; alive(entry) && Date.now() < end;) await pause(50);
  }
}
for (const path of folders) rmSync(path, { recursive: true, force: true, maxRetries: 3 });

function alive({ pid, startTime }) {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim() === startTime;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] !== 'Z' && fields[19] === startTime;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return false;
    throw error;
  }
}
