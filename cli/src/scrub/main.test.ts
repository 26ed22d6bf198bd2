import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The program as it is started, with these lines on its standard input. */
async function scrub(args: string[], input = ''): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['scripts/run.mjs', 'cli/src/scrub/main.ts', ...args], { cwd: root });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...said };
}

describe('npm run scrub', { timeout: 60_000 }, () => {
  it('F110 answers each line by itself, with marks in place and what they hide', async () => {
    const lines = [
      JSON.stringify({
        texts: ['Ken Abe at 10.20.4.17', 'ping 10.20.4.17, queue Front'],
        known: [{ kind: 'person', value: 'Ken Abe' }],
        edits: [{ do: 'hide', value: 'Front' }],
      }),
      '{"texts": "no list"}',
      '{"texts": ["Password=Tr0ub4dor&3"]}',
    ];
    const { code, out, err } = await scrub(['--json'], lines.join('\n'));
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      {
        texts: ['[person-1] at [ip-1]', 'ping [ip-1], queue [redacted-1]'],
        hidden: [
          { mark: 'person-1', kind: 'person', value: 'Ken Abe', places: 1 },
          { mark: 'ip-1', kind: 'ip', value: '10.20.4.17', places: 2 },
          { mark: 'redacted-1', kind: 'redacted', value: 'Front', places: 1 },
        ],
      },
      { error: 'texts: Give the texts as a list.' },
      {
        texts: ['Password=[secret-1]'],
        hidden: [{ mark: 'secret-1', kind: 'secret', value: 'Tr0ub4dor&3', places: 1 }],
      },
    ]);
    expect(err).toBe('');
    expect(code).toBe(1);
  });

  it('says what to do about each thing that cannot be answered', async () => {
    const bad: [line: string, words: string][] = [
      ['{"texts": [1]}', 'texts.0: Give a text.'],
      ['{"texts": [], "known": [{"kind": "secret", "value": "x"}]}', 'known.0.kind: Give a kind: client, person'],
      ['{"texts": [], "known": ["x"]}', 'known.0: Write a known name as'],
      ['{"texts": [], "edits": [{"do": "drop", "value": "x"}]}', 'edits.0.do: Write "hide", "show" or "undo".'],
      ['{"text": []}', 'texts: Give the texts as a list.'],
      ['{"texts": [], "text": []}', 'There is no field text'],
      ['[]', 'Give an object with texts'],
      ['nonsense', 'The line is not JSON'],
    ];
    const { code, out } = await scrub(['--json'], bad.map(([line]) => line).join('\n'));
    const errors = out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { error: string }).error);
    expect(errors).toEqual(bad.map(([, words]) => expect.stringContaining(words) as unknown));
    expect(code).toBe(1);
  });

  it('helps a person, and one who slips', async () => {
    expect((await scrub(['--help'])).out).toContain('npm run --silent scrub -- --json');
    expect(await scrub([])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Say --json') as unknown });
    expect((await scrub(['--csv'])).code).toBe(2);
  });
});
