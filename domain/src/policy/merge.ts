import { RISKS, type Risk } from '../command.ts';
import {
  type ActionClass,
  BUILT_IN,
  DEFAULT_POLICY,
  POLICY_LEVELS,
  POLICY_MODES,
  type PolicyLevel,
  type PolicyMode,
  type PolicySource,
} from '../policy.ts';
import type { PolicyDocument } from './document.ts';
import type { QuietHours } from './quiet-hours.ts';

export interface PolicyOfLevel {
  level: PolicyLevel;
  version: number;
  document: PolicyDocument;
}

/** What holds, and which version of which level's policy says so. */
export interface Said<T> {
  value: T;
  level: PolicySource;
  version: number;
}

/** The policies of all levels as one. */
export interface MergedPolicy {
  modes: Record<ActionClass, Said<PolicyMode>>;
  riskFloor: Said<Risk>;
  approvalTimeoutMs: Said<number>;
  nobodySignedIn: Said<PolicyMode>;
  severalPeople: Said<PolicyMode>;
  lockedScreen: Said<PolicyMode>;
  /** Everybody's quiet hours count. */
  quietHours: Said<QuietHours>[];
  /** The broadest level that turned strong mode on; null: none did. */
  strong: Said<true> | null;
  /** Version of each level's policy; 0: it has none. */
  versions: Record<PolicyLevel, number>;
}

/**
 * The strictest wins, field by field; of several that are equally strict the broadest is named, because nobody below it can loosen it.
 * The order of the argument does not matter.
 */
export function mergePolicies(policies: readonly PolicyOfLevel[]): MergedPolicy {
  const levels = [...policies].sort(
    (a, b) => POLICY_LEVELS.indexOf(a.level) - POLICY_LEVELS.indexOf(b.level) || a.version - b.version,
  );
  const said = <T>(read: (document: PolicyDocument) => T | undefined): Said<T>[] =>
    levels.flatMap(({ level, version, document }) => {
      const value = read(document);
      return value === undefined ? [] : [{ value, level, version }];
    });
  const mode = (read: (document: PolicyDocument) => PolicyMode | undefined, least: PolicyMode) =>
    strictest([...said(read), builtIn(least)], (value) => POLICY_MODES.indexOf(value));
  const of = (name: ActionClass) => {
    const levelsSay = said((document) => document[name]);
    // Unattended counts only where somebody said so and nobody said anything else: the built-in rule fills in, it does not contradict.
    const [first] = levelsSay;
    if (first !== undefined && levelsSay.every(({ value }) => value === 'unattended')) return first;
    return mode((document) => document[name], BUILT_IN[name].mode);
  };
  const timeouts = said((document) => document.approvalTimeoutMs);
  return {
    modes: {
      read_only: of('read_only'),
      change: of('change'),
      destructive: of('destructive'),
      other_identity: of('other_identity'),
    },
    riskFloor: strictest([...said((document) => document.riskFloor), builtIn<Risk>('read_only')], (value) =>
      RISKS.indexOf(value),
    ),
    // Silence counts as no, so the shorter wait is the stricter one. The built-in is no floor here: it only fills in.
    approvalTimeoutMs: strictest(
      timeouts.length > 0 ? timeouts : [builtIn(DEFAULT_POLICY.approvalTimeoutMs)],
      (value) => -value,
    ),
    nobodySignedIn: mode((document) => document.nobodySignedIn, 'ask'),
    severalPeople: mode((document) => document.severalPeople, 'ask'),
    lockedScreen: mode((document) => document.lockedScreen, 'ask'),
    quietHours: said((document) => document.quietHours),
    strong: said((document) => document.strong)[0] ?? null,
    versions: Object.fromEntries(
      POLICY_LEVELS.map((level) => [level, levels.findLast((each) => each.level === level)?.version ?? 0]),
    ) as Record<PolicyLevel, number>,
  };
}

const builtIn = <T>(value: T): Said<T> => ({ value, level: 'built_in', version: 0 });

/** The first of the strictest. */
const strictest = <T>(all: readonly Said<T>[], strictness: (value: T) => number): Said<T> =>
  all.reduce((best, next) => (strictness(next.value) > strictness(best.value) ? next : best));
