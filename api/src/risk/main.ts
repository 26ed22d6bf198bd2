import { parseArgs } from 'node:util';
import { SHELLS, zShell } from '@throughline/domain/command';
import { textLines } from '@throughline/domain/text-lines';
import { z } from 'zod';
import { printVerdict } from './print-verdict.ts';
import { createRiskAssessor } from './risk-parser.ts';

const HELP = `How Throughline judges a command: whether it only reads, changes something, or can destroy data.

  npm run risk -- --shell bash 'ls -l /etc'     the verdict, for a person
  npm run --silent risk -- --json               JSON lines {"shell", "script"} from standard input; one line out for each

Shells: ${SHELLS.join(', ')}. With --json, a line that cannot be judged is answered with {"error"}, and the exit code is 1.
`;

const zLine = z.object(
  {
    shell: z.enum(SHELLS, { error: `Give the shell, one of: ${SHELLS.join(', ')}.` }),
    script: z.string({ error: 'Give the script as text.' }),
  },
  { error: 'Give an object with shell and script.' },
);

process.exitCode = await main();

async function main(): Promise<number> {
  const parsed = read();
  if (parsed === null) return 2;
  const { values, positionals } = parsed;
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.json === true) return judgeLines();
  const shell = zShell.safeParse(values.shell);
  if (!shell.success) return misused(`Give the shell with --shell, one of: ${SHELLS.join(', ')}.`);
  if (positionals.length !== 1) return misused('Give the command as one argument, in quotes.');
  const script = positionals[0] ?? '';
  const found = (await createRiskAssessor()).assess(shell.data, script);
  process.stdout.write(printVerdict(script, found, process.stdout.isTTY && process.stdout.hasColors()));
  return 0;
}

function read() {
  try {
    return parseArgs({
      options: { shell: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (error) {
    misused((error as Error).message);
    return null;
  }
}

function misused(words: string): 2 {
  process.stderr.write(`${words}\n"npm run risk -- --help" says more.\n`);
  return 2;
}

/** One line out for each line in, in its order; the lines are judged as they come. */
async function judgeLines(): Promise<number> {
  const assessor = await createRiskAssessor();
  // Whoever reads has had enough: there is nobody to tell.
  process.stdout.on('error', () => process.exit(1));
  let bad = false;
  for await (const line of textLines(process.stdin.setEncoding('utf8') as AsyncIterable<string>)) {
    if (line.trim() === '') continue;
    const asked = parseLine(line);
    if ('error' in asked) bad = true;
    const answer = 'error' in asked ? asked : judge(asked);
    if (!process.stdout.write(`${JSON.stringify(answer)}\n`))
      await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
  return bad ? 1 : 0;

  function judge({ shell, script }: z.infer<typeof zLine>) {
    const { risk, why, reasons } = assessor.assess(shell, script);
    return { risk, why, reasons };
  }
}

function parseLine(line: string): z.infer<typeof zLine> | { error: string } {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { error: 'The line is not JSON.' };
  }
  const parsed = zLine.safeParse(json);
  return parsed.success ? parsed.data : { error: parsed.error.issues[0]?.message ?? 'The line cannot be read.' };
}
