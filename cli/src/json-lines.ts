import { textLines } from '@throughline/domain/text-lines';

/**
 * One line of JSON out for each line of JSON on standard input, in its order; the lines are answered as they come. What cannot be
 * answered is answered with `{error}`. Returns the exit code: 1 where a line could not be answered.
 */
export async function answerJsonLines(answer: (request: unknown) => object): Promise<0 | 1> {
  // Whoever reads has had enough: there is nobody to tell.
  process.stdout.on('error', () => process.exit(1));
  let bad = false;
  for await (const line of textLines(process.stdin.setEncoding('utf8') as AsyncIterable<string>)) {
    if (line.trim() === '') continue;
    const found = answerLine(line, answer);
    if ('error' in found) bad = true;
    if (!process.stdout.write(`${JSON.stringify(found)}\n`))
      await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
  return bad ? 1 : 0;
}

function answerLine(line: string, answer: (request: unknown) => object): object {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    return { error: 'The line is not JSON.' };
  }
  return answer(request);
}
