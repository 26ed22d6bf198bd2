import type { Found } from '../found.ts';
import { isNone } from './none.ts';
import { type Rule, shape } from './shape.ts';

/** A value as a command takes it: in quotes or as a word. */
const VALUE = String.raw`(?:"(?<v>[^"\r\n]{1,400})|'(?<w>[^'\r\n]{1,400})|(?<x>[^\s"'$(|\ue000-][^\s"'|\ue000]{1,400}))`;
const NAME_OF_SECRET = String.raw`[\w.-]{0,60}(?:password|passwd|passphrase|pwd|secret|token|credential|api_?key|kennwort)[\w.-]{0,30}`;

/** Commands, and the options of theirs that a secret follows on the same line. */
const OPTIONS: [commands: string, option: string][] = [
  ['psexec(?:64)?|paexec|sqlcmd|sshpass|plink|pscp|bcp|osql|mongo(?:sh|dump|restore|export|import)?', '-p[ \\t]*'],
  [
    '(?:docker|podman|nerdctl|buildah|skopeo|oras|helm|az|az acr|oc|cf|heroku)(?: registry| acr)?[ \\t]+login',
    '-p[ \\t]+',
  ],
  ['(?:powershell|pwsh)(?:\\.exe)?', '[-/]e(?:c|n)?[ \\t]+(?=["\']?[A-Za-z0-9+/=]{16})'],
  ['redis-cli', '-a[ \\t]+'],
  ['ldap(?:search|modify|add|delete|whoami|compare|modrdn)', '-w[ \\t]*'],
  ['ldappasswd', '-[aws][ \\t]+'],
  ['smbclient|smbget|smbmap|rpcclient|wbinfo|net (?:ads|rpc|rap)', '(?:-U|--user)[ =\\t]*["\']?[^\\s%"\']{1,100}%'],
  ['smbclient', '-p[ \\t]+(?!\\d{1,5}(?:\\s|$))'],
  ['reg(?:\\.exe)?[ \\t]+add', `/v[ \\t]+"?${NAME_OF_SECRET}"?[ \\t][^\\n]{0,100}?/d[ \\t]+`],
  ['reg(?:\\.exe)?[ \\t]+add', `/d[ \\t]+(?=[^\\n]{1,200}[ \\t]/v[ \\t]+"?${NAME_OF_SECRET})`],
  ['(?:Set|New)-ItemProperty', `-Name[ \\t]+["']?${NAME_OF_SECRET}["']?[ \\t][^\\n]{0,100}?-Value[ \\t]+`],
  ['(?:Set|New)-ItemProperty', `-Value[ \\t]+(?=[^\\n]{1,200}[ \\t]-Name[ \\t]+["']?${NAME_OF_SECRET})`],
  ['net1?[ \\t]+user', '(?:/add|/active(?::yes)?|/domain)[ \\t]+(?!/)'],
  [
    'rasdial(?:\\.exe)?',
    '(?<=rasdial(?:\\.exe)?)[ \\t]+(?:"[^"\\r\\n]{1,100}"|[^\\s"/]{1,100})[ \\t]+(?!/)[^\\s"]{1,100}[ \\t]+(?!/)',
  ],
];

const OF_OPTIONS: readonly Rule[] = OPTIONS.map(([commands, option]) => {
  const command = new RegExp(String.raw`(?<![\w-])(?:${commands})(?![\w-])`, 'gi');
  const value = new RegExp(`${option.startsWith('(?<=') ? '' : '(?<=[ \\t])'}${option}${VALUE}`, 'di');
  return function* (text): Iterable<Found> {
    for (const match of text.matchAll(command)) {
      const rest = text.slice(match.index, match.index + 700);
      const stop = rest.search(/\r?\n/);
      const groups = value.exec(stop < 0 ? rest : rest.slice(0, stop))?.indices?.groups;
      const [from, to] = groups?.v ?? groups?.w ?? groups?.x ?? [0, 0];
      const [start, end] = [match.index + from, match.index + to];
      const found = text.slice(start, end);
      if (found.length > 1 && !isNone(found)) yield { kind: 'secret', value: found, start, end };
    }
  };
});

/** Between the words of a command of PowerShell: a backtick goes on in the next line. */
const GAP = String.raw`(?:[ \t]|${'`'}\r?\n)+`;

/** What stands in commands and scripts where they take a secret. */
export const COMMAND_SECRETS: readonly Rule[] = [
  ...OF_OPTIONS,
  shape('secret', {
    pattern: /(?<![\w])\/(?:pass|password|pwd|rp|p):(?:"(?<v>[^"\r\n]{1,100})"|(?!["*])(?<w>[^\s"]{3,100}))/dgi,
    stays: isNone,
  }),
  shape('secret', {
    pattern:
      /(?<![\w])(?:--?(?:[a-z0-9]{1,20}-){0,3}(?:password|passwd|pass|pw|pwd|passphrase|token|secret|api-?key)|\/pass|\/rp)(?:[ \t]+|=)(?:"(?<v>[^"\r\n]{1,100})|'(?<w>[^'\r\n]{1,100})|(?<x>[^\s"'$(\ue000-][^\s"'\ue000]{2,100}))/dgi,
    stays: isNone,
  }),
  shape('secret', {
    pattern:
      /\bmysql(?:dump|admin)?\b[^\n]{0,200}?[ \t]-p(?:"(?<v>[^"\r\n]{1,100})|'(?<w>[^'\r\n]{1,100})|(?<x>[^\s"'][^\s"']{2,100}))/dg,
  }),
  shape('secret', {
    pattern: /\bcurl(?:\.exe)?\b[^\n]{0,300}?[ \t](?:-u|--user)[ \t]+["']?[^\s:"']{1,64}:(?<v>[^\s"']{1,100})/dgi,
  }),
  shape('secret', {
    pattern: /\bnet1?[ \t]+user[ \t]+(?:"[^"\r\n]{1,64}"|[^\s/]\S{0,63})[ \t]+(?<v>[^\s/*"]\S{0,100})/dgi,
  }),
  shape('secret', {
    pattern:
      /\bnet1?[ \t]+use[ \t]+(?:[a-z*]:?[ \t]+)?\\\\\S{1,200}[ \t]+(?:\/user:\S{1,100}[ \t]+)?(?<v>[^\s/*"]\S{0,100})/dgi,
  }),
  // The text may come before its options, after them, or through a pipe.
  shape('secret', {
    pattern: new RegExp(
      String.raw`ConvertTo-SecureString(?:${GAP}-(?:AsPlainText|Force|String|[afs])(?::\$true)?(?![\w]))*${GAP}(?:"(?<v>[^"\r\n]{1,200})|'(?<w>[^'\r\n]{1,200})|(?<x>[^\s"'$(|;)\ue000-][^\s"'|;)\ue000]{0,200}))`,
      'dgi',
    ),
  }),
  shape('secret', {
    pattern: /["'](?<v>[^"'\r\n]{1,200})["'][ \t]*\|[ \t]*ConvertTo-SecureString/dgi,
  }),
  // A script in base64, whose text no rule reads.
  shape('secret', {
    pattern:
      /(?<=[ \t"'(,])[-/]enc(?:o|od|ode|oded|odedc\w{0,10})?(?:[ \t]+|["'],[ \t]*)["']?(?<v>[A-Za-z0-9+/]{16,}={0,2})(?![\w+/=.:\\-])/dgi,
  }),
  shape('secret', {
    pattern:
      /\b(?:echo|printf)[ \t]+(?:-\w[ \t]+)?(?:"(?<v>[^"\r\n|]{1,200})"|'(?<w>[^'\r\n|]{1,200})'|(?<x>[^\s"'$|]{1,200}))[ \t]*\|[ \t]*sudo[ \t]+(?:-\w+[ \t]+){0,4}-\w*S/dg,
  }),
  shape('secret', {
    pattern:
      /\b(?:sudo[ \t]+-\w*S\b|kinit\b|passwd\b|cryptsetup\b)[^\n<]{0,100}<<<[ \t]*(?:"(?<v>[^"\r\n]{1,200})|'(?<w>[^'\r\n]{1,200})|(?<x>[^\s"'$]{1,200}))/dg,
  }),
  shape('secret', {
    pattern: /\b(?:chpasswd|passwd --stdin)[^\n]{0,40}<<<[ \t]*["']?[^\s:"']{1,64}:(?<v>[^\s"']{1,100})/dg,
  }),
  shape('secret', {
    pattern: /\becho[ \t]+["']?[a-z_][\w.-]{0,31}:(?<v>[^\s"'|]{1,100})["']?[ \t]*\|[ \t]*(?:sudo[ \t]+)?chpasswd/dg,
  }),
];
