import { existsSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isDomainError } from '@throughline/domain/errors';
import { type DataFolder, defaultDataRoot, openDataFolder } from './data-folder.ts';
import { doctor } from './doctor.ts';
import { enroll, isUnprotected } from './enroll.ts';
import { loadIdentity } from './identity.ts';
import { runningInstance } from './instance-lock.ts';
import { run } from './run.ts';
import { status } from './status.ts';

const USAGE = `Throughline endpoint runtime

  enroll --server URL --token TOKEN [--data DIR] [--name HOST] [--no-run]
                       make this computer known to the desk, then run
  run [--data DIR]     stay connected and run approved commands
  status [--data DIR]  what the runtime is doing, and the address of the prompt page
  doctor [--data DIR]  look for what would keep it from working
  uninstall --yes      remove this computer's key, journals and unsent output

Data: --data, else THROUGHLINE_AGENT_DATA, else /var/lib/throughline-agent (root) or ~/.local/share/throughline-agent.
Rules of this computer's owner: policy.json in the data folder.`;

const options = {
  server: { type: 'string' },
  token: { type: 'string' },
  data: { type: 'string' },
  name: { type: 'string' },
  'no-run': { type: 'boolean' },
  yes: { type: 'boolean' },
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
  if (values.help || !command) return say(USAGE, command || values.help ? 0 : 2);
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
    case 'uninstall':
      return uninstall(folder, values);
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
  const identity = await enroll(folder, { server: values.server, token: values.token, name: values.name });
  console.log(`✓ ${identity.endpointName} is enrolled with ${identity.mspName} for ${identity.clientName}.
  Runtime: ${identity.runtimeLabel}
  Data:    ${folder.root}
  Service: sudo cp ${folder.unit} /etc/systemd/system/ && sudo systemctl enable --now throughline-runtime`);
  if (isUnprotected(identity.server))
    console.log('! The address is plain http: what travels can be read on the way. Use https outside of a test.');
  return values['no-run'] ? 0 : run(folder);
}

function uninstall(folder: DataFolder, values: Values): number {
  const running = runningInstance(folder);
  if (running) return say(`The runtime is running (pid ${running.pid}). Stop it first, then uninstall.`, 1);
  if (!values.yes)
    return say(
      `This removes ${folder.root}: the key of this computer, its record of consents, and output not yet sent.\nThe desk’s own record stays. To do it, add --yes. Then retire the endpoint at the desk.`,
      1,
    );
  rmSync(folder.root, { recursive: true, force: true });
  return say(`✓ Removed ${folder.root}. If it was a service: sudo systemctl disable --now throughline-runtime`, 0);
}

function parse() {
  return parseArgs({ options, allowPositionals: true, strict: true });
}

function say(text: string, code: number): number {
  console.log(text);
  return code;
}
