import type { CommandExit } from '@throughline/domain/agent-protocol';
import { toHex, utf8 } from '@throughline/domain/bytes';
import type { EntryPayload } from '@throughline/domain/entry';
import { fileLine } from '@throughline/domain/file-transfer';
import { commandById } from '@throughline/store/command-store';
import { fileOfCommand } from '@throughline/store/file-store';
import { sha256 } from '@throughline/store/record-store';
import type { Tx } from '@throughline/store/tenant';

type Moved = { transferred: EntryPayload<'file_transferred'> | null; fault: null } | { fault: string };

/**
 * What a command that ended well moved, if it was a transfer. The content that is kept must be the one the endpoint signed for: its stdout
 * is the file's line and nothing else, so its signed sum says which file that was.
 */
export async function movedFile(tx: Tx, mspId: string, commandId: string, exit: CommandExit): Promise<Moved> {
  const scope = { mspId, clients: '*' as const };
  const file = (await commandById(tx, scope, commandId))?.spec.file;
  if (file === undefined || exit.exitCode !== 0 || exit.timedOut || exit.cancelled)
    return { transferred: null, fault: null };
  const held = await fileOfCommand(tx, scope, commandId);
  if (held === null) return { fault: 'the file never came here' };
  if (toHex(sha256(utf8(fileLine(file.path, held)))) !== exit.stdout.sha256)
    return { fault: 'the endpoint tells of another file than is kept here' };
  const { direction, path } = file;
  return { transferred: { commandId, direction, path, ...held }, fault: null };
}
