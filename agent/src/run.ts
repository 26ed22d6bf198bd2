import { rmSync } from 'node:fs';
import { Announcements } from './announce.ts';
import type { DataFolder } from './data-folder.ts';
import { writeDurably } from './data-folder.ts';
import { isNoRoom } from './disk.ts';
import { guarded } from './env.ts';
import { loadIdentity } from './identity.ts';
import { takeInstanceLock } from './instance-lock.ts';
import { type Log, fileAndTerminalLog } from './log.ts';
import { packed } from './own-program.ts';
import { startPromptServer } from './prompt-server.ts';
import { Runtime } from './runtime.ts';
import { NO_PROGRAM } from './status.ts';
import { OfferedUpdate } from './update/offered-update.ts';
import { SelfUpdate } from './update/self-update.ts';
import { AGENT_VERSION } from './version.ts';

/** Exit codes a service manager can tell apart; systemd-unit.ts does not restart on these. */
const EXIT_CODES: Record<string, number> = { revoked: 3, locked: 4, bad_signature: 5, unsupported: 6 };

const ADVICE: Record<string, string> = {
  revoked:
    'This computer was retired at the desk. To use it again, run “uninstall --yes” and enrol it with a new token.',
  locked:
    'The desk locked this runtime because its identity was seen twice or an old state came back. Ask the desk to unlock it, or enrol again.',
  bad_signature: 'The desk did not accept this computer’s key. Enrol it again with a new token.',
  unsupported: 'The desk does not speak this version’s protocol any more. Update the runtime.',
};

/** Runs until told to stop. Resolves with the exit code. */
export async function run(folder: DataFolder, log: Log = fileAndTerminalLog(folder.log)): Promise<number> {
  const identity = loadIdentity(folder);
  const release = takeInstanceLock(folder);
  const showing = { changed: () => undefined as void, prompted: (_approvalId: string) => undefined as void };
  const runtime = new Runtime({
    folder,
    identity,
    log,
    events: {
      changed: () => showing.changed(),
      prompted: (approvalId) => showing.prompted(approvalId),
      welcomed: () => updates.connected(),
      offered: (message) => (message === null ? offers.disconnected() : offers.hear(message)),
    },
    name: identity.hostname,
  });
  const program = packed && guarded ? process.execPath : null;
  const updates = new SelfUpdate({ folder, log, program, restart: () => runtime.connection.stop() });
  const offers = new OfferedUpdate({
    folder,
    log,
    updates,
    send: (message) => runtime.connection.send(message),
    idle: () => runtime.idle,
    refusal: program === null ? NO_PROGRAM : null,
  });
  const prompts = await startPromptServer(runtime, folder, log);
  const announcements = new Announcements(runtime, log);
  showing.changed = () => {
    prompts.changed();
    announcements.changed();
    writeStatus();
  };
  showing.prompted = (approvalId) => announcements.announce(prompts.url, approvalId);
  let last = '';
  const writeStatus = () => {
    const text = JSON.stringify({
      pid: process.pid,
      online: runtime.connection.ready,
      since: runtime.since,
      promptUrl: prompts.url,
      version: AGENT_VERSION,
      updatable: program !== null,
    });
    if (text === last) return;
    try {
      writeDurably(folder.status, text);
      last = text;
    } catch (error) {
      // Only what `status` shows: a full disk must not end the runtime.
      if (!isNoRoom(error)) throw error;
    }
  };
  writeDurably(folder.promptUrl, `${prompts.url}\n`);
  writeStatus();
  log.info(`${identity.endpointName} (${identity.runtimeLabel}), connecting to ${identity.server}.`);
  log.info(`Questions to the person at this computer appear at ${prompts.url}`);

  const stop = () => runtime.connection.stop();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const reason = await runtime.run();
  process.off('SIGTERM', stop);
  process.off('SIGINT', stop);
  const failedTrial = updates.onTrial && reason.code !== 'stopped';
  if (failedTrial) updates.giveUp(reason.message);
  offers.disconnected();
  updates.close();
  runtime.close();
  prompts.close();
  rmSync(folder.promptUrl, { force: true });
  rmSync(folder.status, { force: true });
  release();
  if (reason.code === 'stopped') {
    log.info('Stopped. Commands that are running go on; their output is sent after the next start.');
    return 0;
  }
  // An exit code that is not in the unit's list: the version before gets its turn.
  if (failedTrial) return 1;
  log.error(`${reason.message} ${ADVICE[reason.code] ?? ''}`.trim(), { code: reason.code });
  return EXIT_CODES[reason.code] ?? 1;
}
