import { describe, expect, it } from 'vitest';
import { scrub } from './scrub.ts';

const copyOf = (text: string): string =>
  scrub([text], [], [])
    .texts[0]!.map((piece) => (typeof piece === 'string' ? piece : `[${piece.mark}]`))
    .join('');

/** Stands in each of them as the secret, or as a part of it. */
const SECRET = /geheim77/;
const TOKEN = 'geheim77AbCdEfGhIjKlMnOpQrStUvWxYz012345678';
const BASE64 = 'QUJDgeheim77SktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2';

describe('secrets', () => {
  it.each([
    'ConvertTo-SecureString "geheim77" -AsPlainText -Force',
    'ConvertTo-SecureString -AsPlainText "geheim77" -Force',
    "ConvertTo-SecureString -Force -AsPlainText -String 'geheim77'",
    'ConvertTo-SecureString -AsPlainText geheim77 -Force',
    'ConvertTo-SecureString -AsPlainText `\r\n  "geheim77"',
    "'geheim77' | ConvertTo-SecureString -AsPlainText -Force",
    'Password: mustgeheim77',
    'Password: cannotgeheim77',
    '    DefaultPassword    REG_SZ    geheim77!\r\n',
    'reg add "HKLM\\x" /v DefaultPassword /t REG_SZ /d geheim77 /f',
    'reg add HKLM\\x /d geheim77 /v DefaultPassword',
    "Set-ItemProperty -Path 'HKLM:\\x' -Name DefaultPassword -Value geheim77",
    "Set-ItemProperty 'HKLM:\\x' -Value 'geheim77' -Name 'DefaultPassword'",
    'net user kb /add geheim77',
    'docker login -u kb -p geheim77 registry.example',
    'az login -u kb -p geheim77',
    'smbclient //a/b -U kb%geheim77',
    'ldapsearch -x -D cn=kb -w geheim77 -b dc=x',
    'redis-cli -a geheim77 ping',
    'dsmod user x -pwd geheim77',
    'wget --http-password geheim77 x',
    'rasdial "My VPN" kb geheim77',
    'echo geheim77 | sudo -S apt update',
    'kinit kb <<< geheim77',
    'db.kunde.example:5432:app:kbauer:geheim77\n',
    'machine ftp.kunde.example login kbauer password geheim77',
    'password: |\n  geheim77\n  geheim77b\n',
    'https://kunde.webhook.office.com/webhookb2/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee@x/IncomingWebhook/geheim77/y',
    'powershell -NoProfile -EncodedCommand geheim77HAAPQAnAFQAcgAwAHUAYgA0AGQA',
    'pwsh -e geheim77HAAPQAnAFQAcgAwAHUAYgA0AGQA',
    "Start-Process powershell -ArgumentList '-enc','geheim77HAAPQAnAFQAcgAwAHUAYgA0AGQA=='",
    `got tl_${TOKEN} back`,
    'agent enroll --desk x tl_enroll_geheim77IjKlMnOpQrStUvWxYz01234',
    `http://desk.local/snapshots/${TOKEN}`,
    `http://localhost:4000/approver/register/${TOKEN}`,
    `http://localhost:4000/answer#${TOKEN}`,
  ])('F110 %s', (text) => {
    expect(copyOf(text)).not.toMatch(SECRET);
    expect(copyOf(text)).toContain('[secret-1]');
  });

  it.each([
    ['a line of cookies', `Cookie: ${'a=1; '.repeat(220)}auth=geheim77\nnext`],
    ['a long password', `Password : ${'x1! '.repeat(500)}geheim77\nnext`],
    ['a long token', `Authorization: Bearer ${'a1'.repeat(3000)}geheim77\nnext`],
    ['a long script in base64', `powershell -e ${'AbCd'.repeat(3000)}geheim77\nnext`],
    ['a long option', `--password "${'ab '.repeat(80)}geheim77"\nnext`],
    [
      'a token that Format-List wrapped',
      `Token     : ${'eyJ0eXAi'.repeat(8)}\r\n            ${BASE64}\r\n            geheim77\r\nnext : 1`,
    ],
    ['a token that a terminal wrapped', `${'eyJ0eXAi'.repeat(9)}\n${BASE64}.eyJh\nnext : 1`],
    [
      'a key without its beginning',
      `[5 bytes left out]\n${`${BASE64}\n`.repeat(4)}-----END RSA PRIVATE KEY-----\nnext`,
    ],
  ])('F110 to their end: %s', (_, text) => {
    expect(copyOf(text)).not.toMatch(SECRET);
    expect(copyOf(text)).toContain('next');
  });

  it('F110 a long field goes to its end too', () => {
    expect(copyOf(`Host Name: ${'a1'.repeat(300)}geheim77 next`)).toBe('Host Name: [host-1] next');
  });

  it.each([
    'Password: must be changed at next logon',
    'Password: cannot be blank',
    'docker run -p 8080:80 nginx',
    'net user Administrator /active:no',
    'reg add HKLM\\x /v Start /t REG_DWORD /d 4',
    'grep -e AbcdefghijklmnopQRSTUV x',
    'redis-cli -h 127.0.0.1 info',
    '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----',
    'echo done | sudo tee x',
  ])('F110 survives: %s', (text) => {
    expect(copyOf(text)).toBe(text);
  });
});
