import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The program as it is started, with this text on its standard input. */
async function risk(args: string[], input = ''): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['scripts/run.mjs', 'api/src/risk/main.ts', ...args], { cwd: root });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  child.stdin.on('error', () => undefined).end(input);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...said };
}

describe('npm run risk', { timeout: 30_000 }, () => {
  it('F045 answers each line with class and reasons, and a bad line by itself', async () => {
    const asked = [
      { shell: 'bash', script: 'ls -l /etc' },
      { shell: 'powershell', script: 'Restart-Service Spooler' },
      'no JSON',
      { shell: 'fish', script: 'ls' },
      { shell: 'bash', script: 'cd /srv\nrm -rf data' },
    ];
    const lines = asked.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
    const { code, out, err } = await risk(['--json'], lines.join('\n'));
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { risk?: string; why?: string; error?: string; reasons?: object[] });
    expect(answers.map((answer) => answer.risk ?? answer.error)).toEqual([
      'read_only',
      'change',
      'The line is not JSON.',
      'Give the shell, one of: bash, sh, pwsh, powershell, cmd.',
      'destructive',
    ]);
    expect(answers[1]!.why).toBe('Restarts the print service (Spooler).');
    expect(answers[4]!.reasons).toEqual([
      { risk: 'destructive', words: 'deletes files under data', start: 8, end: 19 },
    ]);
    expect(err).toBe('');
    expect(code).toBe(1);
  });

  it('F045 tells a person the verdict and marks the part that decided', async () => {
    const { code, out } = await risk(['--shell', 'bash', 'ls; systemctl restart cups']);
    expect(out).toContain('Restarts the print service (cups).');
    expect(out).toMatch(/ {4}\^+/);
    expect(code).toBe(0);
  });

  it('says what to do about a shell or a command that is missing', async () => {
    expect(await risk(['ls'])).toMatchObject({ code: 2, err: expect.stringContaining('--shell') as string });
    expect(await risk(['--shell', 'bash'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('in quotes') as string,
    });
  });
});
