import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { CommandJournal } from './command-journal.ts';
import type { DataFolder } from './data-folder.ts';
import { loadIdentity } from './identity.ts';
import { runningInstance } from './instance-lock.ts';
import { readLocalPolicy } from './local-policy.ts';

const zStatus = z.object({ pid: z.number(), online: z.boolean(), since: z.number(), promptUrl: z.string() });

/** What a person wants to know first, in a few lines. */
export function status(folder: DataFolder): string {
  const identity = loadIdentity(folder);
  const running = runningInstance(folder);
  const now = existsSync(folder.status) ? zStatus.parse(JSON.parse(readFileSync(folder.status, 'utf8'))) : null;
  const policy = readLocalPolicy(folder);
  const lines = [
    `Endpoint  ${identity.endpointName} of ${identity.clientName}`,
    `Runtime   ${identity.runtimeLabel} (${identity.runtimeId})`,
    `Desk      ${identity.mspName}, ${identity.server}`,
    running && now
      ? `State     ${now.online ? 'online' : 'offline, trying to connect'} since ${new Date(now.since).toLocaleString()} (pid ${running.pid})`
      : 'State     not running. Start it with “run”, or as a service.',
    `Consent   ${policy.killSwitch ? 'kill switch on: nothing runs' : policy.consent === 'required' ? 'required at this computer' : 'unattended, by the owner’s policy.json'}${policy.readOnly ? ', read-only commands only' : ''}`,
    ...(running && now ? [`Prompts   ${now.promptUrl}`] : []),
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
