import { existsSync, readFileSync } from 'node:fs';
import { CommandCgroup } from './command-cgroup.ts';
import type { CommandFiles } from './command-folder.ts';
import { ProcessTree } from './process-tree.ts';
import { RUN_LIMITS } from './run-command.ts';

const ending = new Set<string>();

/** Ends what a command goes on doing after its runner died: the same ladder as a runner's own. Idempotent. */
export function endLeftBehind(commandId: string, files: CommandFiles): void {
  if (ending.has(commandId)) return;
  ending.add(commandId);
  const cgroup = existsSync(files.cgroup) ? CommandCgroup.at(readFileSync(files.cgroup, 'utf8')) : null;
  const tree = new ProcessTree({ commandId, leader: null, cgroup, pipes: [files.stdout, files.stderr] });
  tree.signal('SIGTERM');
  setTimeout(() => void tree.end().finally(() => ending.delete(commandId)), RUN_LIMITS.cancelKillAfterMs).unref();
}
