import type { PolicySource } from '../policy.ts';
import {
  CLOCKS,
  type ClockName,
  type ClockTarget,
  DEFAULT_SLA,
  PRIORITIES,
  type Priority,
  SLA_LEVELS,
  type SlaLevel,
  type SlaPolicy,
  type SlaVersions,
  TOLD_AT_FIRST,
  type Told,
} from '../sla.ts';
import type { SlaDocument } from './document.ts';
import { hoursWords } from './windows.ts';
import { minutesWords, pauseWords, targetName, toldWords } from './words.ts';

const MINUTE = 60_000;

export interface SlaOfLevel {
  level: SlaLevel;
  version: number;
  document: SlaDocument;
}

/** A field of the policy in force, and whose it is; version 0: the product's own. */
export interface SlaRule {
  what: string;
  says: string;
  level: PolicySource;
  version: number;
}

export interface MergedSla {
  policy: SlaPolicy;
  rules: SlaRule[];
}

/** The levels as one policy. Field by field the most specific counts; what no level says is the product's own. Order does not matter. */
export function mergeSla(all: readonly SlaOfLevel[]): MergedSla {
  const levels = [...all].sort((a, b) => SLA_LEVELS.indexOf(b.level) - SLA_LEVELS.indexOf(a.level));
  const rules: SlaRule[] = [];
  /** Undefined: no level says it. */
  const said = <T>(what: string, read: (document: SlaDocument) => T | undefined, words: (value: T) => string) => {
    for (const { level, version, document } of levels) {
      const value = read(document);
      if (value === undefined) continue;
      rules.push({ what, says: words(value), level, version });
      return value;
    }
    return undefined;
  };
  const builtIn = (what: string, says: string) => rules.push({ what, says, level: 'built_in', version: 0 });
  const limit = (priority: Priority, clock: ClockName): number => {
    const what = targetName(priority, clock);
    const minutes = said(what, (document) => document[priority]?.[clock], minutesWords);
    const own = DEFAULT_SLA[priority][clock].breachMs;
    if (minutes === undefined) builtIn(what, minutesWords(own / MINUTE));
    return minutes === undefined ? own : Math.round(minutes * MINUTE);
  };
  const told = (what: string, read: (document: SlaDocument) => Told[] | undefined): Told[] => {
    const who = said(what, read, toldWords);
    if (who === undefined) builtIn(what, toldWords(TOLD_AT_FIRST));
    return who ?? TOLD_AT_FIRST;
  };

  const limits = byTarget(limit);
  const hours = said('Business hours', (document) => document.hours, hoursWords);
  if (hours === undefined) builtIn('Business hours', 'round the clock');
  const warn = said(
    'Warns at',
    (document) => document.warnPercent,
    (percent) => `${percent} % of the limit`,
  );
  if (warn === undefined) builtIn('Warns at', '50 to 75 % of the limit');
  const escalate = said(
    'Escalates',
    (document) => document.escalateAfterMinutes,
    (minutes) => `${minutesWords(minutes)} past the limit`,
  );
  if (escalate === undefined) builtIn('Escalates', 'never');
  const accept = said('Taken up within', (document) => document.acceptWithinMinutes, minutesWords);
  if (accept === undefined) builtIn('Taken up within', 'no limit');
  const pauseWhile = said('Clocks stand still', (document) => document.pauseWhile, pauseWords);
  if (pauseWhile === undefined) builtIn('Clocks stand still', pauseWords([]));
  const tell = {
    warn: told('Told of a warning', (document) => document.tellWarn),
    breach: told('Told of a breach', (document) => document.tellBreach),
    ...(escalate === undefined ? {} : { escalate: told('Told of an escalation', (document) => document.tellEscalate) }),
  };
  const targets = byTarget((priority, clock): ClockTarget => {
    const breachMs = limits[priority][clock];
    const own = DEFAULT_SLA[priority][clock];
    const share = warn === undefined ? own.warnMs / own.breachMs : warn / 100;
    const escalation = escalate === undefined ? {} : { escalateMs: breachMs + Math.round(escalate * MINUTE) };
    return { warnMs: Math.round(breachMs * share), breachMs, ...escalation, tell };
  });
  return {
    policy: {
      ...targets,
      ...(hours && { hours }),
      ...(accept !== undefined && { acceptMs: Math.round(accept * MINUTE) }),
      ...(pauseWhile !== undefined && { pauseWhile }),
      versions: versionsOf(levels),
    },
    rules,
  };
}

function versionsOf(levels: readonly SlaOfLevel[]): SlaVersions {
  const version = (of: SlaLevel) => levels.find(({ level }) => level === of)?.version ?? 0;
  return {
    organisation: version('organisation'),
    client_group: version('client_group'),
    client: version('client'),
  };
}

function byTarget<T>(make: (priority: Priority, clock: ClockName) => T): Record<Priority, Record<ClockName, T>> {
  const of = (priority: Priority) =>
    Object.fromEntries(CLOCKS.map((clock) => [clock, make(priority, clock)])) as Record<ClockName, T>;
  return Object.fromEntries(PRIORITIES.map((priority) => [priority, of(priority)])) as Record<
    Priority,
    Record<ClockName, T>
  >;
}
