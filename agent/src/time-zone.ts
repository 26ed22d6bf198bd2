import { readlinkSync } from 'node:fs';

/**
 * This computer's time zone by its IANA name. Asked of the system where it says so plainly: the first question to `Intl` brings 11 MiB of
 * locale data into memory, and a runtime that waits for work asks nothing else of it. `ownZone`: what TZ says, if anything.
 */
export function timeZone(ownZone?: string, localtime = '/etc/localtime'): string {
  const name = ownZone === undefined ? linkedZone(localtime) : zoneName(ownZone.replace(/^:/, ''));
  return name ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The system's choice is a link into its own copy of the zones, wherever that lies. */
function linkedZone(localtime: string): string | null {
  try {
    return zoneName(/\/zoneinfo(?:\.default)?\/(?:posix\/|right\/)?(.+)$/.exec(readlinkSync(localtime))?.[1] ?? '');
  } catch {
    return null;
  }
}

/** What is certainly a name, as `Intl` would give it; rules such as `EST5EDT,M3.2.0` are left to Intl. */
function zoneName(name: string): string | null {
  if (/^(Etc\/)?(UTC|UCT|Zulu|Universal)$/.test(name)) return 'UTC';
  return /^[A-Z][A-Za-z_]+(\/[A-Z][A-Za-z0-9_+-]+){1,2}$/.test(name) ? name : null;
}
