import { join } from 'node:path';

export const SERVICE = 'throughline-runtime';
/** The data of a service that says nothing else. */
export const SERVICE_DATA = '/var/lib/throughline-agent';

export interface ServicePlaces {
  folder: string;
  program: string;
  /** So that `throughline-runtime status` is found without a path. */
  link: string;
  unit: string;
  plist: string;
  windows: string;
}

/** Where the parts of an installed service lie: on this computer, or below a packager's folder. */
export function servicePlaces(prefix = '/'): ServicePlaces {
  const folder = join(prefix, 'usr/local/lib/throughline');
  return {
    folder,
    program: join(folder, SERVICE),
    link: join(prefix, 'usr/local/bin', SERVICE),
    unit: join(prefix, 'etc/systemd/system', `${SERVICE}.service`),
    plist: join(prefix, 'Library/LaunchDaemons', `${SERVICE}.plist`),
    windows: join(prefix, 'throughline', `${SERVICE}.xml`),
  };
}
