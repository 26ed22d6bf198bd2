import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { completed } from './lab/command.ts';
import { type House, made, openHouse } from './lab/house.ts';
import { type Question, decide, openActiveSession, questionsOf } from './lab/session.ts';
import type { BenchContext, BenchResult } from './result.ts';
import { median, percentile } from './stats.ts';

const WARM_UP = 3;
const SAMPLES = 40;
const PAUSE_MS = 500;

interface Sample {
  /** Milliseconds from sending the proposal until an open page at the device has the question. */
  shown: number;
  /** From the person's press until the process runs, by the process's own clock. */
  runs: number;
}

/** A change that waits for the person at the device: how soon the question stands on their page, and how soon after the yes it runs. */
export async function consent(context: BenchContext): Promise<BenchResult> {
  const house = await openHouse(context);
  const folder = await mkdtemp(join(tmpdir(), 'throughline-consent-'));
  context.atEnd(() => rm(folder, { recursive: true, force: true }));
  const sessionId = await openActiveSession(house);
  const prompt = await house.endpoint.promptUrl();
  context.say(`${SAMPLES} changes, each asked for and allowed`);
  const samples: Sample[] = [];
  for (let i = 0; i < WARM_UP + SAMPLES; i += 1) {
    const taken = await sample(house, prompt, sessionId, join(folder, `run-${i}`));
    if (i >= WARM_UP) samples.push(taken);
    await setTimeout(PAUSE_MS);
  }
  const [shown, runs] = [samples.map((each) => each.shown), samples.map((each) => each.runs)];
  return {
    name: 'consent',
    measures: [
      { what: 'proposal to question on the open page, p50', value: median(shown), unit: 'ms' },
      { what: 'proposal to question on the open page, most', value: Math.max(...shown), unit: 'ms', goal: 1000 },
      { what: 'yes to process started, p50', value: median(runs), unit: 'ms', goal: 100 },
      { what: 'yes to process started, p95', value: percentile(runs, 95), unit: 'ms' },
    ],
    notes: [
      `${SAMPLES} changes in sequence, ${PAUSE_MS} ms apart; the page is the computer's own, by its event stream`,
    ],
  };
}

async function sample({ senior }: House, prompt: string, sessionId: string, file: string): Promise<Sample> {
  const page = new AbortController();
  // The moment at which it runs: seconds since the epoch with six decimals, a variable of bash.
  const script = `echo $EPOCHREALTIME > ${file}`;
  const isIt = ({ text }: Question) => text.includes(file);
  const questions = questionsOf(prompt, page.signal);
  await questions.next();
  const asked = performance.now();
  const input = { sessionId, shell: 'bash', script, reason: 'a benchmark asks' };
  const proposed = made(senior.act('proposeCommand', 'ProposeCommandInput', input, '... on Command { id }'));
  const question = await first(questions, isIt);
  const shown = performance.now() - asked;
  const { id } = await proposed;
  const pressed = Date.now();
  await decide(prompt, question);
  // Asking the server how far it is would take the processor from what is measured: nobody's page does that.
  await waitFor('the command to run', () => existsSync(file), 60_000);
  await completed(senior, id);
  page.abort();
  return { shown, runs: Number(await readFile(file, 'utf8')) * 1000 - pressed };
}

/** Leaves the stream open, as the page stays open while its reader answers: a loop over it would end it. */
async function first(questions: AsyncGenerator<Question[]>, isIt: (question: Question) => boolean): Promise<Question> {
  for (;;) {
    const { value, done } = await questions.next();
    if (done === true) throw new Error('the page’s stream ended without the question');
    const found = value.find(isIt);
    if (found !== undefined) return found;
  }
}
