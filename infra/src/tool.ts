import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { reaper } from './reaper.ts';

/** A build step or compiler: runs to its end. */
export interface ToolRun {
  command: string;
  args: string[];
  cwd: string;
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
  /** Aborting it kills the tool. */
  signal?: AbortSignal;
}

/** Runs a tool; resolves with its exit code (1 for a signal), its first and its last lines. Dies with us. */
export function runTool(tool: ToolRun): Promise<{ code: number; head: string[]; tail: string[] }> {
  return new Promise((resolve, reject) => {
    if (tool.signal?.aborted) return reject(tool.signal.reason as Error);
    const head: string[] = [];
    const tail: string[] = [];
    const child = spawn(tool.command, tool.args, {
      cwd: tool.cwd,
      env: tool.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const { pid } = child;
    if (pid !== undefined) reaper.watch(pid, 'SIGTERM');
    const abort = (): void => {
      if (pid === undefined || child.exitCode !== null) return;
      process.kill(-pid, 'SIGTERM');
    };
    tool.signal?.addEventListener('abort', abort, { once: true });
    const onLine = (line: string): void => {
      if (head.length < 10) head.push(line);
      else tail.push(line);
      if (tail.length > 10) tail.shift();
      tool.onLine?.(line);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
    child.once('error', reject);
    child.once('close', (code) => {
      if (pid !== undefined) reaper.forget(pid);
      tool.signal?.removeEventListener('abort', abort);
      resolve({ code: code ?? 1, head, tail });
    });
  });
}
