import type { StartConfig } from './config.ts';
import type { DataFolder } from './data-folder.ts';
import type { ProcessList } from './process-list.ts';

/** Tells of progress and remembers what to stop. Handed to every part that starts something. */
export interface StackContext {
  config: StartConfig;
  folder: DataFolder;
  processes: ProcessList;
  say: (part: string, line: string) => void;
  /** Stopped in the reverse order of registration. */
  onStop: (stop: () => Promise<void>) => void;
  /** Aborted when the whole start is given up: ends builds that are under way. */
  abort: AbortController;
}

/** The time since a moment, for people. */
export function seconds(since: number): string {
  return `${((Date.now() - since) / 1_000).toFixed(1)} s`;
}
