import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { DomainError } from '@throughline/domain/errors';
import { packed } from './own-program.ts';

/** What installing has to know of this computer and may do to it. Tests hand in another. */
export interface ServiceHost {
  /** This executable's path, null when the program runs from its sources. */
  executable: string | null;
  platform: NodeJS.Platform;
  isRoot: boolean;
  /** Where the system's folders begin. */
  root: string;
  /** Whether systemd is the one that starts things here; its tools may be there in a container without it. */
  hasSystemd: boolean;
  systemctl: (...args: string[]) => void;
}

export const thisHost = (): ServiceHost => ({
  executable: packed ? process.execPath : null,
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  root: '/',
  hasSystemd: existsSync('/run/systemd/system'),
  systemctl: (...args) => {
    const { error, status, stderr } = spawnSync('systemctl', args, { encoding: 'utf8' });
    if (error || status !== 0) {
      const why = error ? error.message : stderr.trim() || `exit code ${status}`;
      throw new DomainError('UNAVAILABLE', `“systemctl ${args.join(' ')}” did not work: ${why}`);
    }
  },
});
