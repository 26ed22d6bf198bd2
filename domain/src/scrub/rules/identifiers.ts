import { type Rule, field, shape } from './shape.ts';

const GUID = '\\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\}?';

export const IDENTIFIER_RULES: readonly Rule[] = [
  shape('id', { pattern: /(?<![\w-])S-1-(?:5-21|12-1)(?:-\d{1,10}){3,5}(?![\w-])/dgi }),
  field(
    'id',
    'tenant ?id|device ?id|keycontainerid|ngckeyid|correlation ?id|bitlocker id|id|uuid|client-request-id|activity ?id',
    GUID,
  ),
  shape('id', { pattern: new RegExp(String.raw`(?:uuid|identifyingnumber)[ \t]*\r?\n[ \t]*(?<v>${GUID})`, 'gid') }),
  field('id', 'serial ?number|service tag|asset tag|product id|system serial', '[A-Z0-9][A-Z0-9-]{3,40}'),
  shape('id', { pattern: /serial ?number[ \t]*(?:\r?\n[ \t]*|->[ \t]*)(?<v>[A-Z0-9-]{5,30})(?!\w)/dgi }),
  shape('id', { pattern: /volume serial number is (?<v>[0-9A-F]{4}-[0-9A-F]{4})/dgi }),
  shape('id', { pattern: /(?<![\w-])(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5}(?![\w-])/dg }),
  field('id', '(?:partial )?product key', '[A-Z0-9-]{5,29}'),
  field('id', 'ssid(?: name)?', '[^"\\r\\n]{1,32}(?=")|[^"\\s][^"\\r\\n]{0,31}'),
  shape('id', {
    pattern: /(?<![\w=])(?:CN|OU|DC)=[^,\r\n"=]{1,64}(?:,[ ]?(?:CN|OU|DC|O|L|ST|C)=[^,\r\n"=;]{1,64}){1,16}/dg,
  }),
];
