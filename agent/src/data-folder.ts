import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { dataFromEnvironment } from './env.ts';

/** Where everything the runtime keeps lies. One folder per runtime, readable by its own account only. */
export interface DataFolder {
  root: string;
  identity: string;
  joinCounter: string;
  /** There when the owner asked for a new key. */
  rotate: string;
  /** Authorities to trust besides the system's, given at enrolment. */
  ca: string;
  /** Whose updates are believed. */
  releaseKey: string;
  policy: string;
  /** Strong mode: whose passkeys approve commands here. */
  approvers: string;
  journal: string;
  consent: string;
  lock: string;
  log: string;
  promptUrl: string;
  promptPort: string;
  status: string;
  unit: string;
  commands: string;
  command: (commandId: string) => string;
}

/** `THROUGHLINE_AGENT_DATA`, else the system's folder for root, else the user's own. */
export function defaultDataRoot(): string {
  if (dataFromEnvironment) return dataFromEnvironment;
  if (process.getuid?.() === 0) return '/var/lib/throughline-agent';
  return join(homedir(), '.local', 'share', 'throughline-agent');
}

/** Names the folder's parts and makes it (0700) when it is not there. */
export function openDataFolder(root: string): DataFolder {
  const commands = join(root, 'commands');
  mkdirSync(commands, { recursive: true, mode: 0o700 });
  return {
    root,
    identity: join(root, 'identity.json'),
    joinCounter: join(root, 'join-counter'),
    rotate: join(root, 'rotate-key'),
    ca: join(root, 'ca.pem'),
    releaseKey: join(root, 'release-key.pub'),
    policy: join(root, 'policy.json'),
    approvers: join(root, 'approvers.json'),
    journal: join(root, 'journal.ndjson'),
    consent: join(root, 'consent.ndjson'),
    lock: join(root, 'runtime.lock'),
    log: join(root, 'runtime.log'),
    promptUrl: join(root, 'prompt-url'),
    promptPort: join(root, 'prompt-port'),
    status: join(root, 'status.json'),
    unit: join(root, 'throughline-runtime.service'),
    commands,
    command: (commandId) => join(commands, commandId),
  };
}

/** Replaces a file so that after a crash it holds the old text or the new one, never half of it. */
export function writeDurably(path: string, text: string, mode = 0o600): void {
  const part = `${path}.${process.pid}.part`;
  const file = openSync(part, 'w', mode);
  try {
    writeSync(file, text);
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(part, path);
  syncFolder(dirname(path));
}

/** A new file's name is only durable once its folder is. Windows cannot sync folders and does not need to. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
