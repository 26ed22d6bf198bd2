import { type Risk, worseRisk } from '@throughline/domain/command';
import { type Envelope, specOf } from '@throughline/domain/envelope';
import { fileRisk } from '@throughline/domain/file-risk';
import type { Judge } from './judge.ts';

/** What an order counts as at this computer. `dispute`: where that is worse than the order says, why, in words for the desk. */
export interface OrderClass {
  risk: Risk;
  dispute: string | null;
}

/** The worse of what the order says and what this computer judges itself. Judged once, and only when somebody asks. */
export function classAtHome(judge: Judge['judge'], envelope: Envelope): () => Promise<OrderClass> {
  let found: Promise<OrderClass> | null = null;
  return () => (found ??= worse(judge, envelope));
}

async function worse(judge: Judge['judge'], envelope: Envelope): Promise<OrderClass> {
  const claimed = envelope.risk;
  // Nothing is worse, so there is nothing to find.
  if (claimed === 'destructive') return { risk: claimed, dispute: null };
  const { file } = specOf(envelope);
  const found = file === undefined ? await judge(envelope.shell, envelope.script) : fileRisk(file);
  const risk = worseRisk(claimed, found.risk);
  if (risk === claimed) return { risk, dispute: null };
  const why = `${found.why.charAt(0).toLowerCase()}${found.why.slice(1).replace(/\.$/, '')}`;
  return {
    risk,
    dispute: `This computer judges the command ${NAMES[risk]} (${why}); the order called it ${NAMES[claimed]}.`,
  };
}

const NAMES: Readonly<Record<Risk, string>> = { read_only: 'reading', change: 'a change', destructive: 'destructive' };
