import {
  CLOCKS,
  type ClockName,
  PRIORITIES,
  type Priority,
  type SlaPolicy,
  clockRan,
  startClock,
} from '@throughline/domain/sla';
import { mergeSla } from '@throughline/domain/sla/merge';
import { slaChanges } from '@throughline/domain/sla/words';
import { slaOf } from '@throughline/store/sla-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import { permit } from '../sessions/viewer.ts';
import { type SlaSubjectIds, slaDocumentOf, slaSubjectOf } from './subject.ts';

/** When a clock that starts now would warn, be over its limit, and escalate. In ms since the epoch; null: never. */
export interface PreviewedDue {
  priority: Priority;
  clock: ClockName;
  warnAt: number | null;
  dueAt: number | null;
  escalateAt: number | null;
  /** When it would be due by the policies of now. */
  dueBefore: number | null;
}

export interface SlaPreview {
  changes: string[];
  at: number;
  dues: PreviewedDue[];
}

/** What would be due when, came it now, with the change. Changes nothing. */
export async function previewSla(
  tx: Tx,
  viewer: Viewer,
  { document: input, at, ...ids }: SlaSubjectIds & { document: unknown; at: number },
): Promise<SlaPreview> {
  permit(viewer, 'settings.write', true);
  const subject = await slaSubjectOf(tx, viewer, ids);
  const document = slaDocumentOf(input);
  const levels = await slaOf(tx, viewer.mspId, subject);
  const { level } = subject;
  const own = levels.find((each) => each.level === level);
  const others = levels.filter((each) => each.level !== level);
  const before = mergeSla(levels).policy;
  const after = mergeSla([...others, { level, version: (own?.version ?? 0) + 1, document }]).policy;
  const reached = ({ hours }: SlaPolicy, ms: number | undefined) =>
    ms === undefined ? null : clockRan(startClock(at), ms, hours);
  const dues = PRIORITIES.flatMap((priority) =>
    CLOCKS.map((clock): PreviewedDue => {
      const { warnMs, breachMs, escalateMs } = after[priority][clock];
      return {
        priority,
        clock,
        warnAt: reached(after, warnMs),
        dueAt: reached(after, breachMs),
        escalateAt: reached(after, escalateMs),
        dueBefore: reached(before, before[priority][clock].breachMs),
      };
    }),
  );
  return { changes: slaChanges(own?.document ?? {}, document), at, dues };
}
