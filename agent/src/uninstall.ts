import { existsSync, readFileSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DomainError } from '@throughline/domain/errors';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { runningInstance } from './instance-lock.ts';
import { runnerLives } from './runner-pool.ts';
import type { ServiceHost } from './service-host.ts';
import { SERVICE, type ServicePlaces, servicePlaces } from './service-places.ts';
import { isUnitOf } from './systemd-unit.ts';
import { previousOf } from './update/program-places.ts';

export interface UninstallOptions {
  prefix?: string;
  data: string;
  keepData: boolean;
  yes: boolean;
}

/** Undoes `install`, if the service there is the one of this data folder, and removes the data unless it is kept. */
export function uninstall(options: UninstallOptions, host: ServiceHost): string {
  const data = resolve(options.data);
  const prefix = options.prefix === undefined ? undefined : resolve(options.prefix);
  const root = prefix === undefined ? data : join(prefix, data);
  const places = servicePlaces(prefix ?? host.root);
  const service = existsSync(places.unit) && isUnitOf(readFileSync(places.unit, 'utf8'), data);
  const folder = existsSync(root) ? openDataFolder(root) : null;
  if (!service && folder) refuseRunning(folder);
  if (!options.yes) throw refuse(question(root, service ? places : null, options.keepData));
  if (folder && !options.keepData) refuseUnderWay(folder);
  const done: string[] = [];
  if (service) {
    if (prefix === undefined) stop(host);
    if (folder) refuseRunning(folder);
    removeService(places);
    if (prefix === undefined && host.hasSystemd) host.systemctl('daemon-reload');
    done.push(`✓ Removed the service ${places.unit} and ${places.program}.`);
  }
  if (options.keepData) done.push(`  Kept ${root}: the key of this computer, its journals and output not yet sent.`);
  else if (folder) {
    rmSync(root, { recursive: true, force: true });
    done.push(`✓ Removed ${root}.`);
  } else done.push(`  There is no ${root}.`);
  return done.join('\n');
}

function question(root: string, places: ServicePlaces | null, keepData: boolean): string {
  const service = places ? [`This stops the service and removes ${places.unit} and ${places.program}.`] : [];
  const data = keepData
    ? [`${root} is kept.`]
    : [
        `This removes ${root}: the key of this computer, its record of consents, and output not yet sent. To keep it, add --keep-data.`,
        'The desk’s own record stays. Afterwards retire the endpoint at the desk.',
      ];
  return [...service, ...data, 'To do it, add --yes.'].join('\n');
}

function stop(host: ServiceHost): void {
  if (!host.isRoot) throw refuse('The service belongs to root: run this with sudo.');
  if (host.hasSystemd) host.systemctl('disable', '--now', SERVICE);
}

function refuseRunning(folder: DataFolder): void {
  const running = runningInstance(folder);
  if (running) throw refuse(`The runtime is running (pid ${running.pid}). Stop it first, then uninstall.`);
}

/** Runners outlive the runtime; their output would have no place to go. */
function refuseUnderWay({ commands, command }: DataFolder): void {
  const live = readdirSync(commands).filter((id) => !id.startsWith('.ready-') && runnerLives(command(id)));
  if (live.length > 0)
    throw refuse(
      `${live.length === 1 ? 'A command is' : `${live.length} commands are`} still running here. Wait for the end or cancel at the desk, or add --keep-data.`,
    );
}

function removeService({ unit, link, program, folder }: ServicePlaces): void {
  for (const file of [unit, link, program, previousOf(program)]) rmSync(file, { force: true });
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

const refuse = (message: string) => new DomainError('INVALID_STATE', message);
