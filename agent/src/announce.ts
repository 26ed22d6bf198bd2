import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { languageOf, sayIn } from '@throughline/domain/prompt/catalogue';
import { titleOf } from '@throughline/domain/prompt/prompt-text';
import { consoleUser, findAccount, ownAccount } from './accounts.ts';
import { asAccount } from './as-account.ts';
import { ownEnvironment, searchPath } from './env.ts';
import type { Log } from './log.ts';
import { knownLocale } from './question.ts';
import type { Runtime } from './runtime.ts';
import { which } from './shells.ts';

/** Which language a desktop speaks: the first that is set counts. */
const LANGUAGE_NAMES = ['LC_ALL', 'LC_MESSAGES', 'LANG'];
const DESKTOP_NAMES = [
  ...['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'],
  ...LANGUAGE_NAMES,
];

/** Tells the person, in the language of their desktop, that a question waits, and takes the window that says so away once it does not wait any more. */
export class Announcements {
  readonly #runtime: Runtime;
  readonly #log: Log;
  /** The windows that are open, by question: of each no more than one. */
  readonly #windows = new Map<string, ChildProcess>();
  /** How often each was announced: what an earlier time still has to say is not said. */
  readonly #times = new Map<string, number>();

  constructor(runtime: Runtime, log: Log) {
    this.#runtime = runtime;
    this.#log = log;
  }

  /** By the desktop's own means where there is a desktop, and in the log always. */
  announce(url: string, approvalId: string): void {
    const prompt = this.#runtime.consent.approval(approvalId)?.prompt;
    if (!prompt) return;
    this.#log.info(`${prompt.technician.name} asks: ${prompt.title}  Answer at ${url}`, { approvalId });
    this.#takeAway(approvalId);
    const time = (this.#times.get(approvalId) ?? 0) + 1;
    this.#times.set(approvalId, time);
    const desktop = desktopEnvironment();
    if (!desktop) return;
    const locale = localeOf(desktop);
    const say = sayIn(languageOf(locale));
    const from = say('desktop.from', { msp: prompt.mspName, name: prompt.technician.name });
    const title = titleOf(prompt, locale);
    // A window of its own, which needs no notification service: `zenity --notification` shows nothing without one. It answers nothing, and has not the
    // page's address, which would stand in the list of processes for as long as it is open.
    const window = () => {
      if (this.#times.get(approvalId) !== time || !this.#waits(approvalId)) return;
      const until = Math.max(1, Math.round((prompt.expiresAt - Date.now()) / 1000));
      const child = start(
        desktop,
        'zenity',
        [
          ...['--info', '--no-markup', '--no-wrap', `--timeout=${until}`, `--title=${prompt.mspName}`],
          `--text=${from}\n${title}\n\n${say('desktop.answer')}`,
        ],
        () => this.#windows.get(approvalId) === child && this.#windows.delete(approvalId),
      );
      if (child) this.#windows.set(approvalId, child);
    };
    const noted = start(
      desktop,
      'notify-send',
      ['--urgency=critical', '--app-name', prompt.mspName, '--', from, title],
      (code) => code !== 0 && window(),
    );
    if (!noted) window();
    start(desktop, 'xdg-open', [url]);
  }

  /** Something was answered, closed or asked: windows of what does not wait any more go. */
  changed(): void {
    for (const approvalId of this.#times.keys()) {
      if (this.#waits(approvalId)) continue;
      this.#takeAway(approvalId);
      this.#times.delete(approvalId);
    }
  }

  #waits(approvalId: string): boolean {
    const record = this.#runtime.consent.approval(approvalId);
    if (!record || record.answer || record.unattended || record.closed) return false;
    const { ended, closed } = this.#runtime.consent.session(record.prompt.sessionId);
    return !ended && !closed;
  }

  #takeAway(approvalId: string): void {
    const child = this.#windows.get(approvalId);
    this.#windows.delete(approvalId);
    child?.kill();
  }
}

interface Desktop {
  /** Null: our own. */
  account: string | null;
  environment: Record<string, string>;
}

/** `es_MX.UTF-8` as a browser would say it: `es-MX`. */
function localeOf({ environment }: Desktop): string {
  const said = LANGUAGE_NAMES.map((name) => environment[name]).find(Boolean) ?? '';
  return knownLocale(said.replace(/[.@].*$/, '').replaceAll('_', '-'));
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

/** Starts a program on the person's desktop; null: there is none of that name. */
function start(
  { account, environment }: Desktop,
  program: string,
  args: string[],
  ended: (code: number | null) => void = () => undefined,
): ChildProcess | null {
  const file = which(program, searchPath);
  if (!file) return null;
  const found = account === null ? null : findAccount(account);
  const line = found ? asAccount(found, file, args) : { file, args };
  const env = {
    ...ownEnvironment,
    ...environment,
    ...(found ? { HOME: found.home, USER: found.name, LOGNAME: found.name } : {}),
  };
  const child = spawn(line.file, line.args, { env, cwd: '/', stdio: 'ignore', detached: true });
  child.once('error', () => ended(null));
  child.once('exit', ended);
  child.unref();
  return child;
}
