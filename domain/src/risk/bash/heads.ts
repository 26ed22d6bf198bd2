import { CLOUD_RULES } from './heads-cloud.ts';
import { CRYPTO_RULES } from './heads-crypto.ts';
import { DAEMON_RULES } from './heads-daemons.ts';
import { FILE_READERS, FILE_RULES } from './heads-files.ts';
import { MACOS_RULES } from './heads-macos.ts';
import { NETWORK_READERS, NETWORK_RULES } from './heads-network.ts';
import { PACKAGE_RULES } from './heads-packages.ts';
import { SERVICE_RULES } from './heads-services.ts';
import { SYSTEM_READERS, SYSTEM_RULES } from './heads-system.ts';
import { TOOL_RULES } from './heads-tools.ts';
import { VENDOR_RULES } from './heads-vendors.ts';
import { ANYTHING, type ReadingRule } from './rule.ts';

const RULES = new Map<string, ReadingRule>([
  ...[FILE_READERS, SYSTEM_READERS, NETWORK_READERS].flatMap((names) =>
    names.split(/\s+/).map((name): [string, ReadingRule] => [name, ANYTHING]),
  ),
  ...[
    FILE_RULES,
    SYSTEM_RULES,
    NETWORK_RULES,
    PACKAGE_RULES,
    SERVICE_RULES,
    CRYPTO_RULES,
    TOOL_RULES,
    VENDOR_RULES,
    CLOUD_RULES,
    DAEMON_RULES,
    MACOS_RULES,
  ].flatMap((rules) => Object.entries(rules)),
]);

/** The rule of a command's name; undefined when the command is not known to be able to only read. */
export const readingRule = (name: string): ReadingRule | undefined => RULES.get(name);
