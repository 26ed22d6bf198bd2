import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { CommandJournal } from './command-journal.ts';
import type { DataFolder } from './data-folder.ts';
import { loadIdentity } from './identity.ts';
import { runningInstance } from './instance-lock.ts';
import { readLocalPolicy } from './local-policy.ts';
import { readUpdateState } from './update/update-state.ts';

const zStatus = z.object({
  pid: z.number(),
  online: z.boolean(),
  since: z.number(),
  promptUrl: z.string(),
  version: z.string().default('unknown'),
  /** Whether it may replace its own program. */
  updatable: z.boolean().default(false),
});

const readStatus = (folder: DataFolder) =>
  existsSync(folder.status) ? zStatus.parse(JSON.parse(readFileSync(folder.status, 'utf8'))) : null;

export const NO_PROGRAM =
  'The runtime that runs here does not replace itself: it runs from its sources, or no service of this version’s “install” started it. Run the newer executable’s “install” instead.';

/** Why the service that runs on this folder takes no updates, or null. One that does not run says so when it starts. */
export function updateRefusal(folder: DataFolder): string | null {
  if (!runningInstance(folder) || readStatus(folder)?.updatable) return null;
  return NO_PROGRAM;
}

/** What a person wants to know first, in a few lines. */
export function status(folder: DataFolder): string {
  const identity = loadIdentity(folder);
  const running = runningInstance(folder);
  const now = readStatus(folder);
  const update = readUpdateState(folder);
  const policy = readLocalPolicy(folder);
  const lines = [
    `Endpoint  ${identity.endpointName} of ${identity.clientName}`,
    `Runtime   ${identity.runtimeLabel} (${identity.runtimeId})`,
    `Desk      ${identity.mspName}, ${identity.server}`,
    running && now
      ? `State     ${now.online ? 'online' : 'offline, trying to connect'} since ${new Date(now.since).toLocaleString()} (pid ${running.pid})`
      : 'State     not running. Start it with “run”, or as a service.',
    `Consent   ${policy.killSwitch ? 'kill switch on: nothing runs' : policy.consent === 'required' ? 'required at this computer' : `unattended by the owner’s policy.json (${policy.unattended.join(', ')}), where the desk’s policy says so too`}${policy.readOnly ? ', read-only commands only' : ''}`,
    ...(running && now ? [`Prompts   ${now.promptUrl}`, `Version   ${now.version}`] : []),
    ...(update?.phase === 'trial' ? [`Update    ${update.version} is on trial: it has to connect`] : []),
    ...(update?.phase === 'rolled_back'
      ? [`Update    ${update.version} was rolled back to ${update.from}: ${update.why}`]
      : []),
  ];
  // The journal belongs to the running runtime: only look when nobody writes.
  if (!running && existsSync(folder.journal)) {
    const journal = new CommandJournal(folder.journal);
    const open = journal.all().filter((command) => !command.settled && command.order).length;
    journal.close();
    if (open > 0) lines.push(`Commands  ${open} not yet reported to the desk`);
  }
  return lines.join('\n');
}
