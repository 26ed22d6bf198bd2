import type { Found } from '../found.ts';
import { COMMAND_SECRETS } from './command-secrets.ts';
import { isNone } from './none.ts';
import { lineBefore, type Rule, shape } from './shape.ts';

/** The name of a field with a secret, as the end of the word before a `:` or `=`; `token` and `key` only as words of their own. */
const NAMED =
  /(?:passw(?:or)?d|passphrase|passwort|kennwort|contrase[nñ]a|mot de passe|passcode|(?:^|[^a-z])pass|(?:^|[^a-z])pwd?|secret|credential|api[_ -]?key|access[_ -]?key|account[_ -]?key|shared[_ -]?(?:access[_ -]?)?key|private[_ -]?key|encryption[_ -]?key|preshared ?key|pre-shared[_ -]key|(?:^|[^a-z])psk|key content|keymaterial|(?:^|[^a-z])(?:auth|access|refresh|bearer|api|session|id|sas)?[_ -]?token|admpwd|recovery (?:key|password)|cpassword|community(?: string)?|client[_ -]?secret|secret[_ -]?key|signature|x-api-key|authorization|set-cookie|(?:^|[^a-z])cookie)$/i;

/** How far behind its name a value is looked for before it is known to be longer. */
const NEAR = 1024;

/** Fields `Password : X` and `Password=X`, whatever their names begin with. */
function* named(text: string): Iterable<Found> {
  let done = 0;
  for (const match of text.matchAll(/[:=]/g)) {
    const at = match.index;
    if (at < done) continue;
    const before = lineBefore(text, at).replace(/["'\s.]+$/, '');
    const name = NAMED.exec(before)?.[0];
    if (name === undefined) continue;
    const own =
      /^[\s"'|>-]*[\p{L}\p{N} _.-]{0,40}$/u.test(before) && match[0] === ':' && /[ \t]|^$/.test(text[at + 1] ?? '');
    const near = text.slice(at + 1, at + NEAR);
    const lead = /^(?:[ \t]*(?:[|>][+-]?[ \t]*\r?\n[ \t]+|\r?\n[ \t]+(?=\S+[ \t]*(?:\r?\n|$)))?[=>]?[ \t]*)["']?/.exec(
      near,
    )![0];
    const quote = /["']$/.exec(lead)?.[0];
    const rest = near.slice(lead.length);
    // A line of its own is the secret to its end: generated ones hold any sign. In a string of fields it ends at the next.
    const pattern =
      quote !== undefined
        ? new RegExp(`^[^${quote}\\r\\n\\ue000]+`)
        : own
          ? /^[^\r\n\ue000]*[^\s\ue000]/
          : /^(?:Bearer |Basic )?[^\s"';,<>\ue000]+/;
    let value = pattern.exec(rest)?.[0];
    // A long one goes on beyond what was cut out; what stands within it needs no look of its own.
    if (value !== undefined && near.length === NEAR - 1 && rest.slice(value.length).trim() === '') {
      const stop = text.indexOf('\n', at + 1 + lead.length);
      value = pattern.exec(text.slice(at + 1 + lead.length, stop < 0 ? text.length : stop))![0];
      done = at + 1 + lead.length + value.length;
    }
    if (value === undefined || value.length < 3 || isNone(value.trim())) continue;
    // `Pass: 12  Fail: 3` counts.
    if (/^\W?pass$/i.test(name) && /^\d{1,5}(?:\s|$)/.test(value)) continue;
    if (/^\s*(?:pwd|oldpwd)$/i.test(name) && /^(?:[/~]|[a-z]:)/i.test(value)) continue;
    // `Public key token`, a hash that names an assembly, is for all to see; so is how long a token lives.
    if (/public ?key ?token$|signature$/i.test(before) && !/[?&](?:sig|signature)$/i.test(before)) continue;
    const start = at + 1 + lead.length;
    yield { kind: 'secret', value, start, end: start + value.length };
  }
}

/** A private key in PEM; one whose end is missing, to its last line of base64; one whose beginning is missing, from its first. */
function* privateKeys(text: string): Iterable<Found> {
  yield* begun(text);
  for (const match of text.matchAll(/-----END[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----/g)) {
    let start = match.index;
    for (let before = start - 1; before > 0 && text[before] === '\n'; before = start - 1) {
      const from = text.lastIndexOf('\n', before - 1) + 1;
      if (before - from > 200 || !/^[ \t>]*[\w+/=]+[ \t]*\r?$/.test(text.slice(from, before))) break;
      start = from;
    }
    if (start < match.index)
      yield {
        kind: 'secret',
        value: text.slice(start, match.index).trimEnd(),
        start,
        end: start + text.slice(start, match.index).trimEnd().length,
      };
  }
}

function* begun(text: string): Iterable<Found> {
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

/** BitLocker: each group of six is a multiple of 11 below 720,896. */
const noRecoveryPassword = (value: string): boolean =>
  !value.split('-').every((group) => Number(group) % 11 === 0 && Number(group) < 720_896);

export const SECRET_RULES: readonly Rule[] = [
  privateKeys,
  named,
  ...COMMAND_SECRETS,
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
  // Files of passwords, and values of the registry.
  shape('secret', {
    pattern:
      /^(?=[^:\n]{0,200}[a-z*])[\w.*-]{1,200}:(?:\d{4,5}|\*):[\w.*-]{1,63}:[\w.@*-]{1,63}:(?<v>[^\s:]{3,200})\r?$/dgim,
    stays: isNone,
  }),
  shape('secret', {
    pattern:
      /\b(?:machine[ \t]+[^\s]{1,200}|default)\s{1,8}(?:login|user)[ \t]+[^\s]{1,200}\s{1,8}password[ \t]+(?<v>[^\s]{1,200})/dgi,
  }),
  shape('secret', {
    pattern:
      /(?:password|passwd|pwd|passphrase|secret|token|apikey|psk)\w{0,20}[ \t]+REG_(?:EXPAND_|MULTI_)?(?:SZ|BINARY)[ \t]+(?<v>[^\s\ue000][^\r\n\ue000]{0,400})/dgi,
    stays: isNone,
  }),
  // Addresses that let in whoever has them: Teams' and Discord's webhooks, and our own links and tokens.
  shape('secret', { pattern: /\.webhook\.office\.com\/(?<v>webhookb?2?\/[^\s"'<>\ue000]{20,600})/dgi }),
  shape('secret', { pattern: /\bdiscord(?:app)?\.com\/api\/webhooks\/(?<v>[\w/-]{20,200})/dgi }),
  shape('secret', { pattern: /(?<![\w-])tl_(?:enroll_)?[\w-]{30,200}/dg }),
  shape('secret', {
    pattern: /\/(?:snapshots|setup|approver|approver\/(?:register|desk))\/(?<v>[\w-]{43})(?![\w-])/dg,
  }),
  shape('secret', { pattern: /\/[\w./-]{0,100}#(?<v>[\w-]{43})(?![\w-])/dg, stays: (value) => !/\d/.test(value) }),
  // Tokens, hashes of passwords and keys by their form.
  shape('secret', { pattern: /(?<![\w.-])eyJ[\w-]{8,8000}\.[\w-]{4,16000}(?:\.[\w-]{0,8000})?/dg }),
  // A token whose first line ends before its first dot: what comes below goes with it.
  shape('secret', { pattern: /(?<![\w.-])eyJ[\w-]{30,8000}(?=[ \t]*\r?\n[ \t]*[\w.-]{8})/dg }),
  shape('secret', { pattern: /(?<![\w$])\$(?:1|2[abxy]?|5|6|7|y|gy|argon2id?)\$[^\s:"'$]{1,100}\$[^\s:"']{10,200}/dg }),
  shape('secret', { pattern: /(?<![\w])[a-f0-9]{32}:[a-f0-9]{32}(?![\w])/dgi }),
  shape('secret', { pattern: /(?<![\w-])\d{6}(?:-\d{6}){7}(?![\w-])/dg, stays: noRecoveryPassword }),
  // WireGuard's keys, and whatever else is 32 bytes.
  shape('secret', { pattern: /(?<![\w+/=])(?=[A-Za-z/+]{0,42}\d)[A-Za-z0-9+/]{43,44}=(?![\w+/=])/dg }),
];
