import { parseArgs } from 'node:util';
import { answerJsonLines } from '../json-lines.ts';
import { answer } from './request.ts';

const HELP = `What a shared snapshot hides: names, addresses, paths, accounts, computers, secrets.

  npm run --silent scrub -- --json     JSON lines from standard input; one line out for each:
      {"texts": ["Ken Abe at 10.20.4.17"], "known": [{"kind": "person", "value": "Ken Abe"}], "edits": [{"do": "show", "value": "10.20.4.17"}]}
      {"texts": ["[person-1] at 10.20.4.17"], "hidden": [{"mark": "person-1", "kind": "person", "value": "Ken Abe", "places": 1}]}

The texts of a line belong together: the same value has the same mark in all of them. known and edits may be left out; of edits of one
value the last counts, undo takes it back, and no edit shows a secret. The values of secrets stand in hidden too: keep the answer as private as the question.
A line that cannot be answered is answered with {"error"}, and the exit code is 1.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  let asked: { json?: boolean; help?: boolean };
  try {
    asked = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') !== true) throw error;
    return misused((error as Error).message);
  }
  if (asked.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  return asked.json === true ? answerJsonLines(answer) : misused('Say --json, and give JSON lines on standard input.');
}

function misused(words: string): 2 {
  process.stderr.write(`${words}\n"npm run scrub -- --help" says more.\n`);
  return 2;
}
