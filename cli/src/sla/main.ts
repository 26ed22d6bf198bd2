import { answerJsonLines } from '../json-lines.ts';
import { Problem } from '../problem.ts';
import { questionOf, readArguments } from './arguments.ts';
import { answer, instant } from './question.ts';

const HELP = `When something is due: business hours, holidays, time zones with summer time, pauses.

  npm run sla -- --zone America/Chicago --hours mon-fri=09:00-12:00,13:00-17:00 --start 2026-11-20T22:30:00Z --minutes 60
      [--hours sat=10:00-12:00]… [--holiday 2026-12-25]… [--pause FROM/UNTIL]… [--pause FROM/]

  npm run --silent sla -- --json     JSON lines from standard input; one line out for each:
      {"zone": "America/Chicago", "hours": {"mon": [["09:00", "12:00"], ["13:00", "17:00"]]}, "holidays": ["2026-12-25"],
       "start": "2026-11-20T22:30:00Z", "minutes": 60, "pauses": [["2026-11-23T15:10:00Z", "2026-11-23T15:40:00Z"]]}
      {"due": "2026-11-23T16:00:00Z"}

Hours left out (in JSON: null) are round the clock, holidays or not; a day left out is closed. An interval whose end is not after
its start runs past midnight and belongs, with its holiday, to the day on which it starts. A pause with no end (null) has not
ended. Due is exact, written without milliseconds when there are none; null when it cannot come. 0 minutes are due at the start.
A line that cannot be answered is answered with {"error"}, and the exit code is 1.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  let question: unknown;
  try {
    const asked = readArguments();
    if (asked.help) {
      process.stdout.write(HELP);
      return 0;
    }
    if (asked.json) return await answerJsonLines(answerLine);
    question = questionOf(asked);
  } catch (error) {
    const misuse = error instanceof Problem || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
    if (!misuse) throw error;
    return misused((error as Error).message);
  }
  return answerPerson(question);
}

function misused(words: string): 2 {
  process.stderr.write(`${words}\n"npm run sla -- --help" says more.\n`);
  return 2;
}

function answerPerson(question: unknown): number {
  const found = answer(question);
  if ('error' in found) return misused(found.error);
  if (found.due === null) {
    process.stdout.write('Never due: no hours, or a pause that has not ended.\n');
    return 0;
  }
  const there = new Date(found.due).toLocaleString('en-GB', {
    timeZone: found.zone,
    dateStyle: 'full',
    timeStyle: 'long',
  });
  process.stdout.write(`Due ${instant(found.due)}, in ${found.zone} ${there}\n`);
  return 0;
}

function answerLine(question: unknown): { due: string | null } | { error: string } {
  const found = answer(question);
  if ('error' in found) return found;
  return { due: found.due === null ? null : instant(found.due) };
}
