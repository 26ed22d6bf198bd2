import type { Found } from '../found.ts';
import { lineBefore, type Rule, shape } from './shape.ts';

/** What stands where a secret could, and is none. */
const NONE =
  /^(?:absent|present|none|null|nil|true|false|yes|no|never|required|not required|expires|changeable|enabled|disabled|n\/a|\(?not set\)?|\(?none\)?|\(?hidden\)?|\(?blank\)?|unset|x|[*•.!x-]+|<[^>]*>|\[[^\]]*\]|%\w+%|%s|\$\{?[\w.:]+\}?|\$\(.*|\$env:\w+|System\.[\w.]+|UserPassword|prompt|expired|incorrect|correct|wrong|invalid|must.*|cannot.*|is|was|for|ascii text.*|pem .*|\(password.*)$/i;

/** The name of a field with a secret, as the end of the word before a `:` or `=`; `token` and `key` only as words of their own. */
const NAMED =
  /(?:passw(?:or)?d|passphrase|passwort|kennwort|contrase[nñ]a|mot de passe|passcode|(?:^|[^a-z])pass|(?:^|[^a-z])pwd?|secret|credential|api[_ -]?key|access[_ -]?key|account[_ -]?key|shared[_ -]?(?:access[_ -]?)?key|private[_ -]?key|encryption[_ -]?key|preshared ?key|pre-shared[_ -]key|(?:^|[^a-z])psk|key content|keymaterial|(?:^|[^a-z])(?:auth|access|refresh|bearer|api|session|id|sas)?[_ -]?token|admpwd|recovery (?:key|password)|cpassword|community(?: string)?|client[_ -]?secret|secret[_ -]?key|signature|x-api-key|authorization|set-cookie|(?:^|[^a-z])cookie)$/i;

/** Fields `Password : X` and `Password=X`, whatever their names begin with. */
function* named(text: string): Iterable<Found> {
  for (const match of text.matchAll(/[:=]/g)) {
    const at = match.index;
    const before = lineBefore(text, at).replace(/["'\s.]+$/, '');
    const name = NAMED.exec(before)?.[0];
    if (name === undefined) continue;
    const own =
      /^[\s"'|>-]*[\p{L}\p{N} _.-]{0,40}$/u.test(before) && match[0] === ':' && /[ \t]|^$/.test(text[at + 1] ?? '');
    const near = text.slice(at + 1, at + 1024);
    const lead = /^(?:[ \t]*(?:\r?\n[ \t]+(?=\S+[ \t]*(?:\r?\n|$)))?[=>]?[ \t]*)["']?/.exec(near)![0];
    const quote = /["']$/.exec(lead)?.[0];
    const rest = near.slice(lead.length);
    // A line of its own is the secret to its end: generated ones hold any sign. In a string of fields it ends at the next.
    const value = (
      quote !== undefined
        ? new RegExp(`^[^${quote}\\r\\n\\ue000]+`)
        : own
          ? /^[^\r\n\ue000]*[^\s\ue000]/
          : /^(?:Bearer |Basic )?[^\s"';,<>\ue000]+/
    ).exec(rest)?.[0];
    if (value === undefined || value.length < 3 || NONE.test(value.trim())) continue;
    // `Pass: 12  Fail: 3` counts.
    if (/^\W?pass$/i.test(name) && /^\d{1,5}(?:\s|$)/.test(value)) continue;
    if (/^\s*(?:pwd|oldpwd)$/i.test(name) && /^(?:[/~]|[a-z]:)/i.test(value)) continue;
    // `Public key token`, a hash that names an assembly, is for all to see; so is how long a token lives.
    if (/public ?key ?token$|signature$/i.test(before) && !/[?&](?:sig|signature)$/i.test(before)) continue;
    const start = at + 1 + lead.length;
    yield { kind: 'secret', value, start, end: start + value.length };
  }
}

/** A private key in PEM; one whose end is missing, to its last line of base64. */
function* privateKeys(text: string): Iterable<Found> {
  let next = 0;
  for (const match of text.matchAll(/-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----/g)) {
    if (match.index < next) continue;
    const from = match.index + match[0].length;
    const close = text.indexOf('-----END', from);
    const body = /^[\s\w+/=:,.-]*/.exec(text.slice(from, close >= 0 ? close : from + 20_000))![0];
    const whole = close >= 0 && from + body.length === close;
    next = whole
      ? close + (/^-----END[ A-Z0-9]{0,60}-----/.exec(text.slice(close, close + 80))?.[0].length ?? 8)
      : from + body.trimEnd().length;
    yield { kind: 'secret', value: text.slice(match.index, next), start: match.index, end: next };
  }
}

export const isNone = (value: string): boolean => NONE.test(value);

/** BitLocker: each group of six is a multiple of 11 below 720,896. */
const noRecoveryPassword = (value: string): boolean =>
  !value.split('-').every((group) => Number(group) % 11 === 0 && Number(group) < 720_896);

export const SECRET_RULES: readonly Rule[] = [
  privateKeys,
  named,
  shape('secret', {
    pattern:
      /\b(?:password|passwort|passcode|passphrase|pw|pin)[ ]+(?:is|was|to|ist|lautet)[ :]+["'“]?(?<v>(?=[^\s]*[\d!@#$%^&*?+-])[^\s"'”,;]{3,100}[^\s"'”,;.])/dgi,
  }),
  shape('secret', {
    pattern:
      /<(?:keyMaterial|password|passwd|pwd|secret|apikey|token|cpassword)(?: [^>\n]{0,80})?>(?:\s*<Value>)?(?<v>[^<\s][^<\n]{2,400})</dgi,
    stays: isNone,
  }),
  shape('secret', {
    pattern: /\b(?:key|name)="[^"\n]{0,60}(?:key|secret|password|pwd|token)"[ \t]+value="(?<v>[^"\n]{4,400})"/dgi,
    stays: isNone,
  }),
  // In a URL: signed parts of its question, and the password before its host.
  shape('secret', {
    pattern:
      /[?&;](?:sig|signature|x-amz-signature|x-amz-security-token|token|access_token|id_token|code|key|apikey|api_key|auth)=(?<v>[\w%+/=.~-]{8,2000})/dgi,
  }),
  shape('secret', { pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>]{0,64}:(?<v>[^\s/@"'<>\ue000]{1,128})@/dgi }),
  shape('secret', { pattern: /\b(?:Bearer|Basic)[ ]+(?<v>[\w+/=.~-]{12,4000})/dg }),
  // Commands that take one.
  shape('secret', {
    pattern: /(?<![\w])\/(?:pass|password|pwd|rp|p):(?:"(?<v>[^"\r\n]{1,100})"|(?!["*])(?<w>[^\s"]{3,100}))/dgi,
    stays: isNone,
  }),
  shape('secret', {
    pattern:
      /(?<![\w])(?:--?(?:password|passwd|pass|pw|passphrase|token|secret|api-?key)|\/pass|\/rp)(?:[ \t]+|=)(?:"(?<v>[^"\r\n]{1,100})|'(?<w>[^'\r\n]{1,100})|(?<x>[^\s"'$(\ue000-][^\s"'\ue000]{2,100}))/dgi,
    stays: isNone,
  }),
  shape('secret', {
    pattern:
      /\b(?:psexec(?:64)?|paexec|sqlcmd|sshpass|plink|pscp|smbclient|bcp|osql)\b[^\n]{0,200}?[ \t]-p[ \t]*(?:"(?<v>[^"\r\n]{1,100})|'(?<w>[^'\r\n]{1,100})|(?<x>[^\s"'-][^\s"']{2,100}))/dgi,
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
  shape('secret', { pattern: /ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?["'](?<v>[^"'\r\n]{1,200})/dgi }),
  shape('secret', {
    pattern: /\b(?:chpasswd|passwd --stdin)[^\n]{0,40}<<<[ \t]*["']?[^\s:"']{1,64}:(?<v>[^\s"']{1,100})/dg,
  }),
  shape('secret', {
    pattern: /\becho[ \t]+["']?[a-z_][\w.-]{0,31}:(?<v>[^\s"'|]{1,100})["']?[ \t]*\|[ \t]*(?:sudo[ \t]+)?chpasswd/dg,
  }),
  // Tokens, hashes of passwords and keys by their form.
  shape('secret', { pattern: /(?<![\w.-])eyJ[\w-]{8,8000}\.[\w-]{4,16000}(?:\.[\w-]{0,8000})?/dg }),
  shape('secret', { pattern: /(?<![\w$])\$(?:1|2[abxy]?|5|6|7|y|gy|argon2id?)\$[^\s:"'$]{1,100}\$[^\s:"']{10,200}/dg }),
  shape('secret', { pattern: /(?<![\w])[a-f0-9]{32}:[a-f0-9]{32}(?![\w])/dgi }),
  shape('secret', { pattern: /(?<![\w-])\d{6}(?:-\d{6}){7}(?![\w-])/dg, stays: noRecoveryPassword }),
  // WireGuard's keys, and whatever else is 32 bytes.
  shape('secret', { pattern: /(?<![\w+/=])(?=[A-Za-z/+]{0,42}\d)[A-Za-z0-9+/]{43,44}=(?![\w+/=])/dg }),
];
