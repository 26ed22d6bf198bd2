import { describe, expect, it } from 'vitest';
import { CLOUD_RULES } from './heads-cloud.ts';
import { CRYPTO_RULES } from './heads-crypto.ts';
import { DAEMON_RULES } from './heads-daemons.ts';
import { FILE_RULES } from './heads-files.ts';
import { MACOS_RULES } from './heads-macos.ts';
import { NETWORK_RULES } from './heads-network.ts';
import { PACKAGE_RULES } from './heads-packages.ts';
import { SERVICE_RULES } from './heads-services.ts';
import { SYSTEM_RULES } from './heads-system.ts';
import { TOOL_RULES } from './heads-tools.ts';
import { VENDOR_RULES } from './heads-vendors.ts';

const RULES = Object.entries({
  ...FILE_RULES,
  ...SYSTEM_RULES,
  ...NETWORK_RULES,
  ...PACKAGE_RULES,
  ...SERVICE_RULES,
  ...CRYPTO_RULES,
  ...TOOL_RULES,
  ...VENDOR_RULES,
  ...CLOUD_RULES,
  ...DAEMON_RULES,
  ...MACOS_RULES,
});

/** Whose options all read, but for some that their rule names. */
const ANY_OPTION = new Set(
  `acpi ag apt apt-cache apt-get aureport ausearch base64 bat batcat blkid date debsums dig dmidecode dpkg-query drill fd fdfind file find fuser iconv lastlog
  ldapsearch lpinfo lpq lpstat lsblk lsinitramfs lsof lshw lvdisplay lvs md5 mtr netstat omreport pg_isready pg_lsclusters pidstat pipx postcat printf
  ps pvdisplay pvs rc-status rg sadf sar showmount shuf snmpget snmpwalk sort ss systemd-cgls systemd-detect-virt test
  traceroute tree uniq vgdisplay vgs xxd yq zstdcat [`.split(/\s+/),
);

/** Of these the letters of one word all read, or are an option's value. */
const ANY_LETTERS = new Set(['curl', 'inxi', 'journalctl', 'zfs', 'zpool']);

describe('the rules of bash commands', () => {
  // The name of a file or a host must not be able to be an option: `arp -d` deletes where `arp HOST` shows.
  it.each(RULES.filter(([name]) => !ANY_OPTION.has(name)))(
    'F045 `%s` takes no option that is not named',
    (name, rule) => {
      for (const option of ['--frobnicate', '--frobnicate=x', ...(ANY_LETTERS.has(name) ? [] : ['-frobnicate'])])
        for (const args of [
          [option],
          [option, 'x'],
          ['x', option],
          [option, 'list'],
          [option, 'status'],
          [option, '/dev/sda'],
        ])
          expect(rule(args), [name, ...args].join(' ')).toBe(false);
    },
  );
});
