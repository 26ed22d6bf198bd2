import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Prompt } from '@throughline/domain/agent-protocol';
import { DomainError } from '@throughline/domain/errors';
import type { UnattendedStatement } from '@throughline/domain/unattended';
import { readPins } from './approver-pins.ts';
import type { DataFolder } from './data-folder.ts';
import type { Identity } from './identity.ts';
import { readLocalPolicy, withinHours } from './local-policy.ts';

/** What of a session this computer's owner lets run unattended, by the file as it is now. Errors: POLICY_DENIED, in words for the desk. */
export function unattendedByOwner(
  folder: DataFolder,
  identity: Identity,
  prompt: Pick<Prompt, 'kind'>,
): Pick<UnattendedStatement, 'classes' | 'fileHash'> {
  const policy = readLocalPolicy(folder);
  const no = (why: string) => new DomainError('POLICY_DENIED', `${why} The person there is asked, where one may be.`);
  if (prompt.kind !== 'session') throw no('Only a session can run unattended.');
  if (policy.consent !== 'unattended' || !existsSync(folder.policy))
    throw no('The owner of this computer has not allowed unattended work (policy.json).');
  const pins = readPins(folder, identity);
  if (pins !== null && pins.classes === undefined)
    throw no('This computer is in strong mode, where nothing runs unattended.');
  if (policy.killSwitch) throw no('The owner of this computer has switched all commands off (policy.json).');
  if (policy.hours && !withinHours(policy.hours, new Date()))
    throw no(
      `The owner of this computer allows commands only from ${policy.hours.from} to ${policy.hours.to} (policy.json).`,
    );
  const classes = policy.unattended.filter(
    (of) => (!policy.readOnly || of === 'read_only') && pins?.classes?.includes(of) !== true,
  );
  if (classes.length === 0)
    throw no('The owner of this computer lets no class of commands run unattended (policy.json).');
  return { classes, fileHash: createHash('sha256').update(readFileSync(folder.policy)).digest('hex') };
}
