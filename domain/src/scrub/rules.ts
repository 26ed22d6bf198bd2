import { ACCOUNT_RULES } from './rules/accounts.ts';
import { CONTACT_RULES } from './rules/contacts.ts';
import { elements, fields } from './rules/fields.ts';
import { gitleaks } from './rules/gitleaks.ts';
import { HOST_RULES } from './rules/hosts.ts';
import { IDENTIFIER_RULES } from './rules/identifiers.ts';
import { NETWORK_RULES } from './rules/network.ts';
import { PATH_RULES } from './rules/paths.ts';
import { SECRET_RULES } from './rules/secrets.ts';
import type { Rule } from './rules/shape.ts';
import { TABLE_RULES } from './rules/tables.ts';
import { whole } from './rules/whole-secret.ts';

/** Of values that two rules find, the first rule says the kind. */
export const RULES: readonly Rule[] = [
  ...[...SECRET_RULES, gitleaks].map(whole),
  ...CONTACT_RULES,
  ...PATH_RULES,
  ...NETWORK_RULES,
  ...ACCOUNT_RULES,
  ...HOST_RULES,
  fields,
  elements,
  ...TABLE_RULES,
  ...IDENTIFIER_RULES,
];
