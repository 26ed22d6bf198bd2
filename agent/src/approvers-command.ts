import { existsSync, readFileSync } from 'node:fs';
import { DomainError } from '@throughline/domain/errors';
import { type ApproverPins, fingerprintOf, zApproverPins } from '@throughline/domain/passkey';
import { ACTION_CLASSES } from '@throughline/domain/policy';
import { type PinsFile, pinsFile, savePins } from './approver-pins.ts';
import type { DataFolder } from './data-folder.ts';
import { sha256 } from './sha256.ts';

const USAGE = `approvers list           who may approve commands here, each with the fingerprint of the passkey
approvers add FILE       pin the approvers of a file from the desk; from then on they decide, about what the file says or about all
approvers for WHAT       about what they decide: all (strong mode), or some of ${ACTION_CLASSES.join(', ')}
approvers remove WHO     unpin one, by fingerprint or name
approvers off            the person at this computer decides again about all commands`;

/** `approvers`: what the owner of this computer says about named approvers, which no server can. It counts from the next order on. */
export function approvers(folder: DataFolder, [verb = 'list', what, ...more]: readonly string[]): string {
  const now = pinsFile(folder);
  if (verb === 'list') return list(now);
  if (verb === 'add' && what !== undefined) return add(folder, now, what);
  if (verb === 'remove' && what !== undefined) return remove(folder, now, what);
  if (verb === 'for' && what !== undefined) return decideAbout(folder, now, [what, ...more]);
  if (verb === 'off') {
    if (now === null || !now.strong) throw new DomainError('INVALID_STATE', 'No approver decides here already.');
    savePins(folder, { ...now, strong: false });
    return '✓ Switched off. The person at this computer decides about commands.';
  }
  throw new DomainError('INVALID_INPUT', USAGE);
}

function list(pins: PinsFile | null): string {
  if (pins === null || !pins.strong) return 'No approvers decide on this computer: the person there does.';
  const lines = pins.approvers.map(({ name, publicKey }) => `  ${fingerprintOf(sha256, publicKey)}  ${name}`);
  const who = lines.length === 0 ? ['  nobody: no such command can run'] : lines;
  const which =
    pins.classes === undefined
      ? 'Strong mode is on. A command runs'
      : `Commands of the classes ${pins.classes.join(', ')} run`;
  return [`${which} only when one of these passkeys (${pins.rpId}) signed for it:`, ...who].join('\n');
}

function add(folder: DataFolder, now: PinsFile | null, file: string): string {
  const given = read(file);
  const known = now?.approvers ?? [];
  if (known.length > 0 && now !== null && (now.rpId !== given.rpId || now.origin !== given.origin))
    throw new DomainError(
      'CONFLICT',
      `The approvers pinned here belong to ${now.origin}, those of the file to ${given.origin}. Remove the former first, if that is right.`,
    );
  const added = given.approvers.filter((one) => known.every(({ credentialId }) => credentialId !== one.credentialId));
  const all = zApproverPins.shape.approvers.safeParse([...known, ...added]);
  if (!all.success) throw new DomainError('INVALID_INPUT', 'At most 50 approvers can be pinned.');
  // A file tells a computer that had none; one that has them goes on as its owner had it.
  const classes = now?.strong === true ? now.classes : given.classes;
  const { rpId, origin } = given;
  const pins: PinsFile = { v: 1, strong: true, rpId, origin, approvers: all.data, ...(classes && { classes }) };
  savePins(folder, pins);
  return `✓ ${added.length} added.\n${list(pins)}\nCompare each fingerprint with what its owner sees.`;
}

function decideAbout(folder: DataFolder, now: PinsFile | null, said: readonly string[]): string {
  if (now === null)
    throw new DomainError('INVALID_STATE', 'No approvers are pinned here yet. First: “approvers add FILE”');
  const names = said.flatMap((word) => word.split(',')).filter((word) => word !== '');
  const { classes: _, ...rest } = now;
  const classes = zApproverPins.shape.classes.safeParse(names.join() === 'all' ? undefined : [...new Set(names)]);
  if (!classes.success) throw new DomainError('INVALID_INPUT', USAGE);
  const pins: PinsFile = { ...rest, strong: true, ...(classes.data && { classes: classes.data }) };
  savePins(folder, pins);
  return `✓ ${list(pins)}`;
}

function remove(folder: DataFolder, now: PinsFile | null, who: string): string {
  const matches = (now?.approvers ?? []).filter(
    ({ name, publicKey }) =>
      name === who || fingerprintOf(sha256, publicKey).replaceAll(' ', '') === who.replaceAll(' ', '').toLowerCase(),
  );
  const [one, another] = matches;
  if (now === null || one === undefined)
    throw new DomainError('NOT_FOUND', `No approver “${who}” is pinned here. Look: “approvers list”`);
  if (another !== undefined)
    throw new DomainError('CONFLICT', `Several approvers are called “${who}”. Give the fingerprint.`);
  const pins = { ...now, approvers: now.approvers.filter((each) => each !== one) };
  savePins(folder, pins);
  return `✓ ${one.name} is removed.\n${list(pins)}`;
}

function read(file: string): ApproverPins {
  if (!existsSync(file)) throw new DomainError('INVALID_INPUT', `${file} does not exist.`);
  try {
    return zApproverPins.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new DomainError(
      'INVALID_INPUT',
      `${file} is no list of approvers. Get it from the desk, under Settings → Approvers.`,
      {},
      { cause },
    );
  }
}
