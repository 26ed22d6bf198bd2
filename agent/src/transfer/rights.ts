import { DomainError } from '@throughline/domain/errors';
import type { Account } from '../accounts.ts';

/**
 * Does some work on files with the rights of an account, then goes back. The process that moves a file is made for that alone, so nothing
 * else of ours runs meanwhile; it keeps the runtime's real uid, so the account itself cannot touch it. Fails closed: no work without the
 * change.
 */
export async function withRightsOf<T>(account: Account | null, work: () => T | Promise<T>): Promise<T> {
  if (account === null) return work();
  const [uid, gid, groups] = [process.geteuid?.(), process.getegid?.(), process.getgroups?.()];
  // Node has it wherever it has the others; its types forgot it.
  const { initgroups } = process as { initgroups?: (name: string, group: number) => void };
  if (uid === undefined || gid === undefined || groups === undefined || !initgroups)
    throw impossible(account, 'this system cannot change accounts');
  const back = () => {
    process.seteuid?.(uid);
    process.setegid?.(gid);
    process.setgroups?.(groups);
  };
  try {
    initgroups(account.name, account.gid);
    process.setegid?.(account.gid);
    process.seteuid?.(account.uid);
  } catch (cause) {
    back();
    throw impossible(account, (cause as Error).message, cause);
  }
  try {
    if (process.geteuid?.() !== account.uid || process.getegid?.() !== account.gid)
      throw impossible(account, `the system answered uid ${process.geteuid?.()}`);
    return await work();
  } finally {
    back();
  }
}

const impossible = (account: Account, why: string, cause?: unknown): DomainError =>
  new DomainError(
    'POLICY_DENIED',
    `Context not honoured: the file cannot be moved as ${account.name}: ${why}. Nothing was changed. Choose another account.`,
    {},
    { cause },
  );
