import { spawnSync } from 'node:child_process';
import { createRiskAssessor } from '@throughline/api/risk/risk-parser';
import type { BenchContext, BenchResult } from './result.ts';
import { percentile } from './stats.ts';

const ROUNDS = 300;
const SIZE = 10_000;

const BASH = `for s in nginx cups; do systemctl is-active "$s"; done
find /var/log -name '*.gz' -mtime +30 -exec ls -lh {} \\;
if [ -f /etc/debian_version ]; then dpkg -l | grep -i openssl | awk '{print $2, $3}'; else rpm -qa | sort; fi
echo | openssl s_client -connect example.com:443 2>/dev/null | openssl x509 -noout -enddate
`;
const POWERSHELL = `Get-Service | Where-Object { $_.Status -ne 'Running' } | Select-Object Name,Status
Get-CimInstance Win32_LogicalDisk | Select-Object DeviceID,@{n='GB';e={[math]::Round($_.FreeSpace/1GB,1)}}
if (Test-Path C:\\Temp) { Get-ChildItem "$env:TEMP" -Recurse | Measure-Object -Property Length -Sum }
Get-WinEvent -FilterHashtable @{LogName='System'; Level=2; StartTime=(Get-Date).AddDays(-1)} -MaxEvents 50
`;

const filled = (part: string): string => part.repeat(Math.floor(SIZE / part.length));

/** The verdict on a script of 10 kB in both grammars, and on one line; beside it `bash -n`, which only parses, and starts a process for it. */
export async function risk({ say }: BenchContext): Promise<BenchResult> {
  const assessor = await createRiskAssessor();
  const timed = (shell: 'bash' | 'powershell', script: string): number[] => {
    for (let i = 0; i < 20; i += 1) assessor.assess(shell, script);
    return Array.from({ length: ROUNDS }, () => {
      const began = performance.now();
      assessor.assess(shell, script);
      return performance.now() - began;
    });
  };
  say('bash');
  const bash = timed('bash', filled(BASH));
  const line = timed('bash', 'systemctl restart cups');
  say('PowerShell');
  const powershell = timed('powershell', filled(POWERSHELL));
  say('bash -n');
  const peer = Array.from({ length: 50 }, () => {
    const began = performance.now();
    spawnSync('bash', ['-n'], { input: filled(BASH) });
    return performance.now() - began;
  });
  const both = (what: string, samples: readonly number[], goal?: number) => [
    { what: `${what}, p50`, value: percentile(samples, 50), unit: 'ms' },
    { what: `${what}, p99`, value: percentile(samples, 99), unit: 'ms', ...(goal === undefined ? {} : { goal }) },
  ];
  return {
    name: 'risk',
    measures: [
      ...both('verdict on 10 kB of bash', bash, 20),
      ...both('verdict on 10 kB of PowerShell', powershell, 20),
      ...both('verdict on one line of bash', line),
      ...both('peer: bash -n on the same 10 kB', peer),
    ],
    notes: [`${ROUNDS} verdicts each, after 20 to warm up; the peer only parses, in a process of its own, 50 times`],
  };
}
