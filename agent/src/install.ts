import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { DomainError } from '@throughline/domain/errors';
import { openDataFolder, syncFolder, writeDurably } from './data-folder.ts';
import { launchdPlist } from './launchd-plist.ts';
import type { ServiceHost } from './service-host.ts';
import { SERVICE, SERVICE_DATA, type ServicePlaces, servicePlaces } from './service-places.ts';
import { systemdUnit } from './systemd-unit.ts';
import { previousOf } from './update/program-places.ts';
import { clearUpdateState } from './update/update-state.ts';
import { windowsService } from './windows-service.ts';

export interface InstallOptions {
  /** Everything is written below this folder, for packages; nothing is started. */
  prefix?: string;
  data?: string;
  start: boolean;
}

/** Makes the executable a service of this computer. Again with a newer executable, it replaces the older one. */
export function install(options: InstallOptions, host: ServiceHost): string {
  const data = resolve(options.data ?? SERVICE_DATA);
  const executable = mayInstall(options, host);
  const prefix = options.prefix === undefined ? undefined : resolve(options.prefix);
  const places = servicePlaces(prefix ?? host.root);
  const folder = openDataFolder(prefix === undefined ? data : join(prefix, data));
  const starts = prefix === undefined && options.start;
  if (starts && !existsSync(folder.identity)) {
    throw new DomainError(
      'INVALID_STATE',
      `This computer is not enrolled (${folder.identity} does not exist). Run the command of the desk’s Enrol page with --no-run first, or give --no-start to install before that.`,
    );
  }
  if (prefix === undefined) refuseForeign(folder.root);
  place(executable, places);
  // Put in by hand: no trial of an earlier update may put another one back.
  rmSync(previousOf(places.program), { force: true });
  clearUpdateState(folder);
  mkdirSync(dirname(places.unit), { recursive: true });
  writeDurably(places.unit, systemdUnit(data, [servicePlaces().program]), 0o644);
  if (prefix === undefined && host.hasSystemd) {
    host.systemctl('daemon-reload');
    if (starts) {
      host.systemctl('enable', SERVICE);
      // Not `enable --now`, which leaves an older version running. Commands that run now go on.
      host.systemctl('restart', SERVICE);
    }
  }
  return `✓ Program  ${places.program}
✓ Service  ${places.unit}
  Data     ${folder.root}
${starts ? `✓ Started, and again with each start of this computer. Look: ${SERVICE} status` : `  Not started. To do it: systemctl daemon-reload && systemctl enable --now ${SERVICE}`}`;
}

/** The service file of a system that `install` does not set up itself; below `prefix` when there is one. */
export function printService(kind: string, options: { prefix?: string; data?: string }): string {
  const places = servicePlaces();
  const files: Record<string, [path: (places: ServicePlaces) => string, text: string]> = {
    systemd: [(all) => all.unit, systemdUnit(options.data ?? SERVICE_DATA, [places.program])],
    launchd: [(all) => all.plist, launchdPlist(places.program, options.data ?? SERVICE_DATA)],
    windows: [
      (all) => all.windows,
      windowsService(
        'C:\\Program Files\\Throughline\\throughline-runtime.exe',
        options.data ?? 'C:\\ProgramData\\Throughline\\runtime',
      ),
    ],
  };
  const file = files[kind];
  if (!file) throw new DomainError('INVALID_INPUT', '--print takes systemd, launchd or windows.');
  const [path, text] = file;
  if (options.prefix === undefined) return text.trimEnd();
  const target = path(servicePlaces(resolve(options.prefix)));
  mkdirSync(dirname(target), { recursive: true });
  writeDurably(target, text, 0o644);
  return `✓ ${target}`;
}

/** The executable to install, or the reason why not here. */
function mayInstall({ prefix, start }: InstallOptions, host: ServiceHost): string {
  const no = (message: string) => new DomainError('INVALID_STATE', message);
  if (host.executable === null)
    throw no('install works from the one executable. Build it with “npm run agent:build”, then run its “install”.');
  if (prefix !== undefined) return host.executable;
  if (host.platform !== 'linux')
    throw no(
      'install sets up Linux with systemd. For this system it writes the service file only: install --print launchd, or windows.',
    );
  if (!host.isRoot) throw no(`install writes system folders: run it as root, “sudo ${host.executable} install”.`);
  if (!host.hasSystemd && start)
    throw no(
      'This computer is not run by systemd (there is no /run/systemd/system), so nothing would start the service. Start “run” by what starts programs here, or install the files alone with --no-start.',
    );
  return host.executable;
}

/** Who owns the folder decides what the service, which is root, believes: a person's own folder would make them root. */
function refuseForeign(data: string): void {
  const { uid, mode } = statSync(data);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
    throw new DomainError(
      'INVALID_STATE',
      `${data} belongs to another account or can be changed by others, and a service of root must not trust it. Enrol again with sudo, or give --data another folder.`,
    );
}

function place(executable: string, { folder, program, link }: ServicePlaces): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (!existsSync(program) || realpathSync(program) !== realpathSync(executable)) {
    // By rename: a file that runs cannot be written to, and a cut must not leave half a program.
    copyFileSync(executable, `${program}.new`);
    chmodSync(`${program}.new`, 0o755);
    renameSync(`${program}.new`, program);
    syncFolder(folder);
  }
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), program), link);
}
