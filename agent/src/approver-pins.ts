import { existsSync, statSync } from 'node:fs';
import type { EndpointFacts } from '@throughline/domain/agent-protocol';
import { DomainError } from '@throughline/domain/errors';
import { type ApproverPins, fingerprintOf, zApproverPins } from '@throughline/domain/passkey';
import { z } from 'zod';
import { type DataFolder, writeDurably } from './data-folder.ts';
import type { Identity } from './identity.ts';
import { readOwnersFile } from './owners-file.ts';
import { sha256 } from './sha256.ts';

/** Kept in the data folder (0600). `strong: false`: this computer's owner switched strong mode off here. */
export const zPinsFile = zApproverPins.extend({ v: z.literal(1), strong: z.boolean() });
export type PinsFile = z.infer<typeof zPinsFile>;

export const savePins = (folder: DataFolder, pins: PinsFile): void =>
  writeDurably(folder.approvers, `${JSON.stringify(pins, null, 2)}\n`);

/** The file as it is; null where there is none. Errors: POLICY_DENIED where it cannot be understood. */
export function pinsFile(folder: DataFolder): PinsFile | null {
  if (!existsSync(folder.approvers)) return null;
  return readOwnersFile(folder.approvers, zPinsFile, 'file of this computer’s approvers (approvers.json)');
}

/**
 * Whose passkeys approve commands here; null where strong mode is off. Read again for every order. Errors: POLICY_DENIED for a file that
 * is broken, or gone from a computer that was enrolled into strong mode.
 */
export function readPins(folder: DataFolder, { strong }: Pick<Identity, 'strong'>): ApproverPins | null {
  const file = pinsFile(folder);
  if (file === null && strong === true)
    throw new DomainError(
      'POLICY_DENIED',
      'The file of this computer’s approvers (approvers.json) is gone, so nothing runs. Its owner puts it back with “approvers add”.',
    );
  if (file === null || !file.strong) return null;
  const { rpId, origin, approvers, classes } = file;
  return { rpId, origin, approvers, ...(classes && { classes }) };
}

/** What the desk is told of it; null where strong mode is off. A file that cannot be used lets nobody approve, and is told as that. */
export function pinnedFact(folder: DataFolder, identity: Pick<Identity, 'strong'>): EndpointFacts['pinned'] | null {
  const since = existsSync(folder.approvers) ? Math.round(statSync(folder.approvers).mtimeMs) : Date.now();
  try {
    const pins = readPins(folder, identity);
    const approvers = pins?.approvers.map(({ name, publicKey }) => ({
      name,
      fingerprint: fingerprintOf(sha256, publicKey),
    }));
    return approvers === undefined ? null : { since, approvers, ...(pins?.classes && { classes: pins.classes }) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { since, approvers: [] };
  }
}
