import { type Account, ownAccount } from '../accounts.ts';
import type { RunOrder } from '../run-order.ts';
import { loginEnvironment } from './login-environment.ts';

/** Every process of a command carries this, so that even one that left its process group is found. */
export const COMMAND_TAG = 'THROUGHLINE_COMMAND';

const SECRET_NAME =
  /TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL|PRIVATE|APIKEY|(^|_)(KEY|PWD|AUTH|DSN|PASS)($|_)|_KEY|KEY_/i;
const NOT_SECRET = new Set(['PWD', 'OLDPWD']);
const MAX_VALUE = 32_768;
export const MASK = '••••••';

/** What systemd tells a service about itself. A command is not the service, and programs that believe it act as if they were. */
const OF_THE_SERVICE = /^(INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|NOTIFY_SOCKET|MEMORY_PRESSURE_(WATCH|WRITE))$/;

/**
 * What the child gets: the runtime's own variables, with what systemd leaves out for a service of root and every login has, or, for another
 * account, what a login of that account starts with; and the tag.
 */
export function childEnvironment(
  order: RunOrder,
  own: NodeJS.ProcessEnv,
  account = ownAccount(),
): Record<string, string> {
  const environment = order.account ? loginEnvironment(order.account) : ownVariables(own, account);
  environment.PATH ??= '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  environment.PWD = order.cwd;
  delete environment.OLDPWD;
  environment[COMMAND_TAG] = order.commandId;
  return environment;
}

function ownVariables(own: NodeJS.ProcessEnv, { name, home, shell }: Account): Record<string, string> {
  // Without HOME a script's "$HOME/x" is /x.
  const environment: Record<string, string> = { HOME: home, USER: name, LOGNAME: name, SHELL: shell };
  for (const [key, value] of Object.entries(own)) {
    if (value !== undefined && !key.startsWith('THROUGHLINE_') && !OF_THE_SERVICE.test(key)) environment[key] = value;
  }
  return environment;
}

/** The same for the record: names kept, values behind secret-looking names (and in addresses with a password) masked. */
export function maskedEnvironment(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, isSecretName(name) ? MASK : shown(value)]),
  );
}

const isSecretName = (name: string): boolean => SECRET_NAME.test(name) && !NOT_SECRET.has(name);

function shown(value: string): string {
  const safe = value.replaceAll(/(\w+:\/\/[^\s:/@]*:)[^\s@/]+@/g, `$1${MASK}@`);
  return safe.length > MAX_VALUE ? `${safe.slice(0, MAX_VALUE - 40)}… (${safe.length} characters)` : safe;
}
