import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The program as it is started, with these lines on its standard input. */
async function sla(args: string[], input = ''): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['scripts/run.mjs', 'cli/src/sla/main.ts', ...args], { cwd: root });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...said };
}

const weekdays = Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [['09:00', '17:00']]]));
const question = {
  zone: 'America/Chicago',
  hours: weekdays,
  holidays: ['2026-11-26'],
  start: '2026-11-20T22:30:00Z',
  minutes: 60,
  pauses: [],
};

describe('npm run sla', { timeout: 30_000 }, () => {
  it('peers 1c, 9: answers each line by itself: one bad line spoils neither the one before nor the one after', async () => {
    const lines = [
      JSON.stringify(question),
      JSON.stringify({ ...question, zone: 'Mars/Olympus' }),
      JSON.stringify({ ...question, start: '2026-11-20T22:30:00.250Z', hours: null, pauses: [] }),
    ];
    const { code, out, err } = await sla(['--json'], `${lines.join('\n')}\n`);
    expect(out.split('\n')).toEqual([
      '{"due":"2026-11-23T15:30:00Z"}',
      '{"error":"zone: This time zone is not known; give its IANA name, such as Europe/Zurich."}',
      '{"due":"2026-11-20T23:30:00.250Z"}',
      '',
    ]);
    expect(err).toBe('');
    expect(code).toBe(1);
  });

  it('ends with 0 when every line had an answer, also null; holidays and pauses may be left out', async () => {
    const { zone, hours, start, minutes } = question;
    const never = { ...question, pauses: [['2026-11-20T22:40:00Z', null]] };
    const { code, out } = await sla(
      ['--json'],
      [{ zone, hours, start, minutes }, never].map((q) => JSON.stringify(q)).join('\n'),
    );
    expect(out).toBe('{"due":"2026-11-23T15:30:00Z"}\n{"due":null}\n');
    expect(code).toBe(0);
  });

  it('says what to do about each thing that cannot be answered', async () => {
    const bad: [change: object, words: string][] = [
      [{ zone: '+02:00' }, 'zone: This time zone is not known'],
      [{ hours: { monday: [] } }, 'hours: There is no day monday'],
      [{ hours: { mon: [['9:00', '17:00']] } }, 'hours.mon.0.0: Write a time as HH:MM'],
      [{ hours: { mon: [['09:00', '24:01']] } }, 'hours.mon.0.1: Write an end as HH:MM'],
      [{ hours: { mon: [['09:00']] } }, 'hours.mon.0: Write an interval as'],
      [{ hours: undefined }, 'hours: Give the hours by day'],
      [{ holidays: ['2026-02-30'] }, 'holidays.0: Write a holiday as its date'],
      [{ start: '2026-11-20T22:30:00' }, 'start: Write an instant as'],
      [{ minutes: -1 }, 'minutes: Give the minutes as a number of 0 or more'],
      [{ minutes: '60' }, 'minutes: Give the minutes as a number'],
      [{ pauses: [['2026-11-20T22:30:00Z', '2026-11-20T22:00:00Z']] }, 'pauses.0: This pause ends before it starts'],
      [{ pauses: [['2026-11-20T22:30:00Z']] }, 'pauses.0: Write a pause as'],
      [{ pause: [] }, 'There is no field pause'],
    ];
    const lines = [...bad.map(([change]) => JSON.stringify({ ...question, ...change })), '[]', 'nonsense'];
    const words = [...bad.map(([, said]) => said), 'Give an object with zone, hours', 'The line is not JSON'];
    const { code, out } = await sla(['--json'], lines.join('\n'));
    const errors = out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { error: string }).error);
    expect(errors).toEqual(words.map((said) => expect.stringContaining(said) as unknown));
    expect(code).toBe(1);
  });

  it('answers a person, and helps one who slips', async () => {
    const asked = ['--zone', 'America/Chicago', '--hours', 'mon-fri=09:00-12:00,13:00-17:00', '--minutes', '60'];
    const told = await sla([...asked, '--start', '2026-11-20T22:30:00Z']);
    expect(told.out).toMatch(/^Due 2026-11-23T15:30:00Z, in America\/Chicago Monday, 23 November 2026 at 09:30/);
    const slipped = await sla(asked);
    expect(slipped).toMatchObject({ code: 2, out: '' });
    expect(slipped.err).toContain('start: Write an instant');
    expect((await sla(['--help'])).out).toContain('npm run --silent sla -- --json');
  });
});
