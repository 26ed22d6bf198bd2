import { existsSync } from 'node:fs';
import { ACTION_CLASSES } from '@throughline/domain/policy';
import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import { readOwnersFile } from './owners-file.ts';

/**
 * What the computer's owner allows, whatever the server says. The owner edits policy.json in the data folder;
 * it is read again for every command. Unknown members are refused, so that a misspelt limit is never silently no limit.
 */
export const zLocalPolicy = z.strictObject({
  /** 'unattended': what `unattended` names may run without anybody pressing Approve here, where the organisation's policy says so too. */
  consent: z.enum(['required', 'unattended']).default('required'),
  /** The classes of commands that may; what can destroy data and other accounts have to be named. */
  unattended: z.array(z.enum(ACTION_CLASSES)).default(['read_only', 'change']),
  /** A yes by a link that the desk mails to the person counts like one given at this computer; who held the phone the server says. */
  approvalLink: z.boolean().default(false),
  readOnly: z.boolean().default(false),
  /** Nothing runs at all. */
  killSwitch: z.boolean().default(false),
  /** 'off': no update that the server offers is taken; the `update` command still is. */
  updates: z.enum(['signed', 'off']).default('signed'),
  /** Accounts other than the runtime's own that commands may use; left out: any that an approval names. */
  runAs: z.array(z.string()).optional(),
  /** Commands are stopped when their stdout and stderr together reach so many bytes, whatever an order says. */
  maxOutputBytes: z.number().int().positive().optional(),
  /** The most that one file may hold which is sent here or fetched. */
  maxFileBytes: z.number().int().positive().optional(),
  /** Hours of this computer's clock in which commands may start, for instance { "from": "08:00", "to": "18:00" }. */
  hours: z.strictObject({ from: clock(), to: clock() }).optional(),
});
export type LocalPolicy = z.infer<typeof zLocalPolicy>;

/** The owner's policy, the strictest default when there is no file. A file that cannot be understood allows nothing. */
export function readLocalPolicy(folder: DataFolder): LocalPolicy {
  if (!existsSync(folder.policy)) return zLocalPolicy.parse({});
  return readOwnersFile(folder.policy, zLocalPolicy, 'policy file of this computer (policy.json)');
}

/** Whether a time of day lies within the hours; "22:00" to "06:00" goes over midnight. */
export function withinHours(hours: { from: string; to: string }, at: Date): boolean {
  const now = at.getHours() * 60 + at.getMinutes();
  const [from, to] = [minutes(hours.from), minutes(hours.to)];
  return from <= to ? now >= from && now < to : now >= from || now < to;
}

const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

function clock() {
  return z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time like 08:30');
}
