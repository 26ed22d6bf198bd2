import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DomainError, isDomainError } from '@throughline/domain/errors';
import { approvers } from './approvers-command.ts';
import { type DataFolder, defaultDataRoot, openDataFolder, writeDurably } from './data-folder.ts';
import { doctor } from './doctor.ts';
import { enroll, isUnprotected } from './enroll.ts';
import { loadIdentity } from './identity.ts';
import { install, printService } from './install.ts';
import { packed } from './own-program.ts';
import { run } from './run.ts';
import { thisHost } from './service-host.ts';
import { SERVICE_DATA } from './service-places.ts';
import { status, updateRefusal } from './status.ts';
import { uninstall } from './uninstall.ts';
import { beforeStart } from './update/before-start.ts';
import { programPlaces } from './update/program-places.ts';
import { pinReleaseKey } from './update/release-key.ts';
import { selfCheck } from './update/self-check.ts';
import { update } from './update/update-command.ts';
import { AGENT_VERSION } from './version.ts';

const USAGE = `Throughline endpoint runtime

  enroll --server URL --token TOKEN [--data DIR] [--name HOST] [--ca FILE] [--release-key FILE] [--no-run]
                       make this computer known to the desk, then run; --ca: a private authority (PEM) to trust;
                       --release-key: whose updates to believe
  run [--data DIR]     stay connected and run approved commands
  status [--data DIR]  what the runtime is doing, and the address of the prompt page
  doctor [--data DIR]  look for what would keep it from working
  approvers [list | add FILE | for WHAT | remove WHO | off]
                       whose passkeys must sign for commands here, for all or some
  rotate-key           change this computer's key; the running service does it when it is connected and idle
  update --from FILE|URL [--release-key FILE]
                       replace the installed executable by a newer, signed one; it is put back if it does not connect
  install [--no-start] make the executable a service of this computer, or replace an older one (Linux, systemd, root)
    --prefix DIR       for packages: write everything below DIR, start nothing
    --print KIND       only the service file: systemd, launchd or windows
  uninstall --yes      remove the service, this computer's key, journals and unsent output
    --keep-data        remove the service only
  --version            this version, and what it is made with

Data: --data, else THROUGHLINE_AGENT_DATA, else /var/lib/throughline-agent (root) or ~/.local/share/throughline-agent.
Rules of this computer's owner: policy.json in the data folder.
Proxy: HTTPS_PROXY, HTTP_PROXY, NO_PROXY of the environment (for the service: systemctl edit throughline-runtime).`;

const options = {
  server: { type: 'string' },
  token: { type: 'string' },
  data: { type: 'string' },
  name: { type: 'string' },
  ca: { type: 'string' },
  from: { type: 'string' },
  'release-key': { type: 'string' },
  'no-run': { type: 'boolean' },
  yes: { type: 'boolean' },
  'no-start': { type: 'boolean' },
  'keep-data': { type: 'boolean' },
  prefix: { type: 'string' },
  print: { type: 'string' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Values = ReturnType<typeof parse>['values'];

// Not awaited at the top of the file: the executable is CommonJS, which cannot.
void main()
  .catch((error: unknown) => {
    if (!isDomainError(error)) throw error;
    console.error(`✗ ${error.message}`);
    return 1;
  })
  .then((code) => (process.exitCode = code));

async function main(): Promise<number> {
  const { values, positionals } = parse();
  const command = positionals[0];
  if (values.version)
    return say(
      `throughline-runtime ${AGENT_VERSION} (Node ${process.version}, ${process.platform} ${process.arch})`,
      0,
    );
  if (values.help || !command) return say(USAGE, command || values.help ? 0 : 2);
  if (command === 'self-check') return say(selfCheck(), 0);
  // These two may be about a packager's folder: they make no data folder here.
  if (command === 'install') return say(installed(values), 0);
  if (command === 'uninstall') return say(uninstalled(values), 0);
  const folder = openDataFolder(values.data ?? defaultDataRoot());
  switch (command) {
    case 'enroll':
      return enrolAndRun(folder, values);
    case 'run':
      return run(folder);
    case 'status':
      return say(status(folder), 0);
    case 'doctor': {
      const report = await doctor(folder);
      return say(report.text, report.healthy ? 0 : 1);
    }
    case 'update': {
      const { from, 'release-key': releaseKey } = values;
      return say(await update(folder, { from, releaseKey, refusal: updateRefusal(folder) }), 0);
    }
    case 'before-start': {
      const done = packed ? beforeStart(folder, programPlaces(process.execPath), Date.now()) : null;
      return done === null ? 0 : say(done, 0);
    }
    case 'approvers':
      loadIdentity(folder);
      return say(approvers(folder, positionals.slice(1)), 0);
    case 'rotate-key':
      loadIdentity(folder);
      writeDurably(folder.rotate, '');
      return say('✓ This computer gets a new key as soon as it is connected and no command is under way.', 0);
    default:
      return say(`There is no “${command}”.\n\n${USAGE}`, 2);
  }
}

async function enrolAndRun(folder: DataFolder, values: Values): Promise<number> {
  if (!values.server || !values.token)
    return say('enroll needs --server URL and --token TOKEN. Copy the whole command from the desk’s Enrol page.', 2);
  if (existsSync(folder.identity)) {
    const known = loadIdentity(folder);
    return say(
      `This computer is already enrolled as ${known.endpointName} (${known.runtimeLabel}) with ${known.mspName}.\nTo enrol it again, run “uninstall --yes” first, or give --data another folder.`,
      1,
    );
  }
  if (values['release-key'] !== undefined) pinReleaseKey(folder, values['release-key']);
  const identity = await enroll(folder, {
    server: values.server,
    token: values.token,
    name: values.name,
    ca: values.ca,
  });
  console.log(`✓ ${identity.endpointName} is enrolled with ${identity.mspName} for ${identity.clientName}.
  Runtime: ${identity.runtimeLabel}
  Data:    ${folder.root}
  Service: ${serviceAdvice(folder)}`);
  if (identity.strong) console.log(approvers(folder, ['list']));
  if (isUnprotected(identity.server))
    console.log('! The address is plain http: what travels can be read on the way. Use https outside of a test.');
  return values['no-run'] ? 0 : run(folder);
}

/** A service is root's: one that was enrolled by another account stays that account's program. */
function serviceAdvice({ root, unit }: DataFolder): string {
  if (!packed) return `sudo cp ${unit} /etc/systemd/system/ && sudo systemctl enable --now throughline-runtime`;
  return process.getuid?.() === 0
    ? `${process.execPath} install --data ${root}`
    : 'enrol with sudo, then run “install”';
}

function installed({ print, prefix, data, ...rest }: Values): string {
  if (print !== undefined) return printService(print, { prefix, data });
  return install({ prefix, data, start: !rest['no-start'] }, thisHost());
}

function uninstalled({ prefix, data, yes = false, ...rest }: Values): string {
  const root = data ?? (prefix === undefined ? defaultDataRoot() : SERVICE_DATA);
  return uninstall({ prefix, data: root, yes, keepData: rest['keep-data'] ?? false }, thisHost());
}

function parse() {
  try {
    return parseArgs({ options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new DomainError('INVALID_INPUT', `${(cause as Error).message}\n\n${USAGE}`, {}, { cause });
  }
}

function say(text: string, code: number): number {
  console.log(text);
  return code;
}
