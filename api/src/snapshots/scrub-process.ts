import { scrubbedDocument } from '@throughline/domain/snapshot-scrub';
import type { ScrubAnswer, ScrubJob } from './scrubber.ts';

/* A process of its own: a long record takes the rules seconds, and the api answers everybody else meanwhile. It ends with the api. */

process.on('message', ({ plain, known, edits }: ScrubJob) => {
  let answer: ScrubAnswer;
  try {
    answer = { scrubbed: scrubbedDocument(plain, known, edits) };
  } catch (error) {
    // Without the error's message: it may hold what is to be hidden.
    answer = { failed: error instanceof Error ? error.name : 'unknown' };
  }
  process.send?.(answer);
});
