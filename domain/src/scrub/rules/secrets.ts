import { type Rule, field, shape } from './shape.ts';

const KEPT = (value: string): boolean =>
  /^(absent|present|none|null|true|false|yes|no|never|required|expires|changeable|\*+|n\/a|\(?not set\)?|<[^>]*>|%\w+%|\$\{?\w+\}?|\$env:\w+)$/i.test(
    value,
  );

export const SECRET_RULES: readonly Rule[] = [
  shape('secret', {
    pattern: /-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,20000}?(?:-----END[ A-Z0-9]{0,40}-----|$)/dg,
  }),
  field(
    'secret',
    'password|passwd|pwd|passphrase|pass|secret|client[_ -]?secret|api[_-]?key|access[_-]?key|accountkey|sharedaccesskey|auth[_-]?token|access[_-]?token|token|ms-mcs-admpwd',
    `[^\\s"';,<>\\ue000]{4,200}`,
    { keep: KEPT },
  ),
  field('secret', 'key content|security key|pre-?shared key|psk', '[^\\s"][^"\\r\\n]{3,80}', { keep: KEPT }),
  shape('secret', { pattern: /<keyMaterial>(?<v>[^<]{4,200})<\/keyMaterial>/dgi }),
  shape('secret', { pattern: /[?&](?:sig|signature|token|access_token|code|key)=(?<v>[\w%+/=.-]{8,400})/dgi }),
  shape('secret', { pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"']{0,64}:(?<v>[^\s:/@"']{1,128})@/dgi }),
  shape('secret', {
    pattern: /(?:\/pass(?:word)?:|-p(?:assword)?[ \t]+"?(?=\S{6}))(?<v>(?<=")[^"\r\n]{1,100}|[^\s"]{4,100})/dgi,
    keep: KEPT,
  }),
  shape('secret', {
    pattern: /\bnet1?[ \t]+user[ \t]+(?:"[^"\r\n]{1,64}"|\S{1,64})[ \t]+(?<v>[^\s/*]\S{0,100})[ \t]+\/add/dgi,
  }),
  shape('secret', { pattern: /ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?["'](?<v>[^"'\r\n]{1,200})/dgi }),
  shape('secret', { pattern: /(?<![\w.-])eyJ[\w-]{8,4000}\.[\w-]{4,8000}(?:\.[\w-]{0,4000})?/dg }),
  shape('secret', {
    pattern: /(?<![\w-])\d{6}(?:-\d{6}){7}(?![\w-])/dg,
    keep: (value) => !value.split('-').every((group) => Number(group) % 11 === 0 && Number(group) < 720896),
  }),
  shape('secret', { pattern: /(?<![\w+/=])[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=(?![\w+/=])/dg }),
];
