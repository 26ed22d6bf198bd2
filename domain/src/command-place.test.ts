import { describe, expect, it } from 'vitest';
import type { Shell } from './command.ts';
import { placeOf, within } from './command-place.ts';

const place = (script: string, shell: Shell = 'bash') => placeOf({ shell, script, runAs: { kind: 'runtime' } });
const category = (script: string, shell?: Shell) => {
  const found = place(script, shell);
  return found === null ? null : `${found.category}${found.folder === null ? '' : ` ${found.folder}`}`;
};

describe('F051 where a command works', () => {
  it.each([
    ['lpadmin -p HP-Front -E -v ipp://10.0.0.9/ipp -m everywhere', 'printers'],
    ['cupsenable HP-Front', 'printers'],
    ['systemctl restart cups', 'services'],
    ['systemctl enable --now cups.service', 'services'],
    ['service cups restart', 'services'],
    ['apt-get install -y cups', 'packages'],
    ['update-ca-certificates', 'certificates'],
    ['nmcli connection up office', 'network'],
    ['rm -rf /tmp/lab/vendor/cache', 'files /tmp/lab/vendor'],
    ["mv /srv/app/a.conf '/srv/app/old configs/a.conf'", 'files /srv/app'],
    ['touch /srv/app/one /srv/app/two\n', 'files /srv/app'],
  ])('knows %s', (script, found) => expect(category(script)).toBe(found));

  it.each([
    "Add-PrinterDriver -Name 'HP Universal Printing PCL 6'",
    'Restart-Service -Name Spooler -Force',
    'Import-Certificate -FilePath C:\\g2.cer -CertStoreLocation Cert:\\LocalMachine\\Root',
  ])('knows %s in PowerShell', (script) => expect(category(script, 'powershell')).not.toBeNull());

  it.each([
    'systemctl restart cups; rm -rf /',
    'systemctl restart cups && id',
    'systemctl restart cups\nid',
    'systemctl restart $(cat x)',
    'systemctl restart "cups"',
    'systemctl restart cups*',
    'systemctl start poweroff.target',
    'systemctl start systemd-poweroff',
    'systemctl enable /tmp/evil.service',
    'systemctl mask cups',
    'systemctl',
    "'systemctl' restart cups",
    'sys\\temctl restart cups',
    "systemctl restart cu''ps",
    'A=b systemctl restart cups',
    '/tmp/systemctl restart cups',
    'systemctl restart cups > /etc/passwd',
    'apt-get install ./evil.deb',
    'apt-get install -o Dpkg::Options::=x cups',
    'apt-get autoremove',
    'lpadmin -p x -i /tmp/evil',
    'lpadmin -p x -v file:///etc/shadow',
    'rm -rf /srv',
    'rm -rf /srv/app',
    'rm -rf /srv/app/../../etc/passwd',
    'rm -rf /srv/app/./x',
    'rm -rf cache',
    'rm -rf ~/x/y/z',
    'rm --no-preserve-root /srv/app/x',
    'cp /etc/shadow /srv/app/x',
    'cp --target-directory=/etc /srv/app/x',
    'ln -s /etc /srv/app/x',
    'chmod 777 /srv/app/x',
    'systemctl restart сups',
    'rm /srv/app/\u202ex',
    'toString x',
    '__proto__ x',
    '',
  ])('takes %j for none', (script) => expect(category(script)).toBeNull());

  it.each([
    'Restart-Service -ComputerName other -Name x',
    'Restart-Service -Name x; id',
    'Restart-Service (id)',
    'Restart-Service @x',
  ])('takes %j for none in PowerShell', (script) => expect(category(script, 'pwsh')).toBeNull());

  it('leaves out what another account runs, what takes input, what moves a file, and cmd', () => {
    const spec = { shell: 'bash' as const, script: 'systemctl restart cups', runAs: { kind: 'runtime' as const } };
    expect(placeOf({ ...spec, runAs: { kind: 'logged_in_user' } })).toBeNull();
    expect(placeOf({ ...spec, input: true })).toBeNull();
    expect(placeOf({ ...spec, shell: 'cmd' })).toBeNull();
  });

  it('holds what works in the same folder or below it to be within, and nothing beside it', () => {
    const granted = place('rm /srv/app/cache/x')!;
    expect(within(granted, place('rm /srv/app/cache/y')!)).toBe(true);
    expect(within(granted, place('rm /srv/app/cache/deep/y')!)).toBe(true);
    expect(within(granted, place('rm /srv/app/cached/y')!)).toBe(false);
    expect(within(granted, place('rm /srv/app/y')!)).toBe(false);
    expect(within(granted, place('rm /srv/app/cache/y', 'sh')!)).toBe(false);
    expect(within(place('systemctl restart a')!, place('cupsenable b')!)).toBe(false);
  });
});
