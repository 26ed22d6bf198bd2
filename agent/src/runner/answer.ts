import { MAX_INPUT_BYTES, zSecretName, zSecretValue } from '@throughline/domain/input-order';
import { z } from 'zod';

/**
 * What the runtime hands to the runner of a command with an open input: one JSON line on a named pipe, so that a secret is on no disk.
 * A line begins with a line end: what a runtime that died in the middle of one left behind spoils only itself.
 */
export const zAnswer = z.strictObject({
  seq: z.number().int().positive(),
  /** As recorded, secrets by name. */
  text: z.string().max(MAX_INPUT_BYTES),
  end: z.boolean(),
  secrets: z.record(zSecretName, zSecretValue),
});
export type Answer = z.infer<typeof zAnswer>;

export const answerLine = (answer: Answer): string => `\n${JSON.stringify(answer)}\n`;

/** Cuts what comes out of the pipe into answers; what is none is left out. */
export class AnswerReader {
  #open = '';

  push(text: string): Answer[] {
    const lines = (this.#open + text).split('\n');
    this.#open = lines.pop() ?? '';
    return lines.flatMap((line) => {
      try {
        return line === '' ? [] : [zAnswer.parse(JSON.parse(line))];
      } catch {
        // Half a line of a runtime that died. It was not answered for, so it comes again.
        return [];
      }
    });
  }
}
