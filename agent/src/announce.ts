import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { consoleUser, findAccount, ownAccount } from './accounts.ts';
import { asAccount } from './as-account.ts';
import { ownEnvironment, searchPath } from './env.ts';
import type { Log } from './log.ts';
import type { Runtime } from './runtime.ts';
import { which } from './shells.ts';

const DESKTOP_NAMES = ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'];

/** Tells the person that a question waits: by the desktop's own means where there is a desktop, and in the log always. */
export function announcePrompt(runtime: Runtime, url: string, approvalId: string, log: Log): void {
  const prompt = runtime.consent.approval(approvalId)?.prompt;
  if (!prompt) return;
  log.info(`${prompt.technician.name} asks: ${prompt.title}  Answer at ${url}`, { approvalId });
  const desktop = desktopEnvironment();
  if (!desktop) return;
  const from = `${prompt.mspName}: ${prompt.technician.name} asks`;
  const noted = start(desktop, 'notify-send', [
    '--urgency=critical',
    '--app-name',
    prompt.mspName,
    '--',
    from,
    prompt.title,
  ]);
  if (!noted) start(desktop, 'zenity', ['--notification', '--text', `${from}\n${prompt.title}`]);
  start(desktop, 'xdg-open', [url]);
}

interface Desktop {
  /** Null: our own. */
  account: string | null;
  environment: Record<string, string>;
}

/** The desktop of the person at the screen: our own environment's, or, for a service run by root, the one of that person's processes. */
function desktopEnvironment(): Desktop | null {
  const own = pick(ownEnvironment);
  if (own.DISPLAY || own.WAYLAND_DISPLAY) return { account: null, environment: own };
  const user = consoleUser();
  const account = findAccount(user);
  if (process.platform !== 'linux' || !account || account.uid === ownAccount().uid || ownAccount().uid !== 0)
    return null;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const environment = environmentOf(pid, account.uid);
    if (environment?.DISPLAY || environment?.WAYLAND_DISPLAY) return { account: user, environment };
  }
  return null;
}

function environmentOf(pid: string, uid: number): Record<string, string> | null {
  try {
    if (statSync(`/proc/${pid}`).uid !== uid) return null;
    return pick(
      Object.fromEntries(
        readFileSync(`/proc/${pid}/environ`, 'utf8')
          .split('\0')
          .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
      ),
    );
  } catch {
    // The process went away while we looked.
    return null;
  }
}

const pick = (all: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(DESKTOP_NAMES.flatMap((name) => (all[name] ? [[name, all[name]]] : [])));

function start({ account, environment }: Desktop, program: string, args: string[]): boolean {
  const file = which(program, searchPath);
  if (!file) return false;
  const found = account === null ? null : findAccount(account);
  const line = found ? asAccount(found, file, args) : { file, args };
  const env = {
    ...ownEnvironment,
    ...environment,
    ...(found ? { HOME: found.home, USER: found.name, LOGNAME: found.name } : {}),
  };
  const child = spawn(line.file, line.args, { env, cwd: '/', stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
  return true;
}
