import { parseArgs } from 'node:util';
import { Problem } from '../problem.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export function readArguments() {
  return parseArgs({
    options: {
      zone: { type: 'string' },
      hours: { type: 'string', multiple: true },
      holiday: { type: 'string', multiple: true, default: [] },
      start: { type: 'string' },
      minutes: { type: 'string' },
      pause: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

/** The question that a person's arguments ask, in the form of a JSON line; what is wrong in it is for its schema to say. */
export function questionOf(asked: ReturnType<typeof readArguments>): unknown {
  return {
    zone: asked.zone,
    hours: asked.hours === undefined ? null : weekOf(asked.hours),
    holidays: asked.holiday,
    start: asked.start,
    minutes: asked.minutes === undefined || asked.minutes.trim() === '' ? undefined : Number(asked.minutes),
    pauses: asked.pause.map((pause) => {
      const [from, until] = pause.split('/');
      return [from, until === '' ? null : until];
    }),
  };
}

/** `mon-fri=09:00-12:00,13:00-17:00` and `sat=10:00-12:00`, added up. */
function weekOf(texts: string[]): Record<string, string[][]> {
  const week: Record<string, string[][]> = {};
  for (const text of texts) {
    const [days = '', intervals = ''] = text.split('=');
    const [first = '', last = first] = days.split('-');
    const begins = DAYS.indexOf(first);
    const ends = DAYS.indexOf(last);
    if (begins < 0 || ends < begins || intervals === '')
      throw new Problem(`--hours ${text}: write it as mon-fri=09:00-12:00,13:00-17:00; days are ${DAYS.join(', ')}.`);
    for (const day of DAYS.slice(begins, ends + 1))
      (week[day] ??= []).push(...intervals.split(',').map((interval) => interval.split('-')));
  }
  return week;
}
