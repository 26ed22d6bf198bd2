import { type CommandSpec, type Risk, worseRisk } from '@throughline/domain/command';
import { type Envelope, specOf } from '@throughline/domain/envelope';
import { fileRisk } from '@throughline/domain/file-risk';
import type { Judge, Judgement } from './judge.ts';
import { NotYet } from './not-yet.ts';

/** What an order counts as at this computer. `dispute`: where that is worse than the order says, why, in words for the desk. */
export interface OrderClass {
  risk: Risk;
  dispute: string | null;
  /** It counts as that only because nobody could judge it just now. */
  unjudged: boolean;
}

/** A script that is being judged, or was. */
interface Asked {
  verdict: Promise<void>;
  found: Judgement | null;
}

/** What this computer itself makes of the scripts that one order has to do with. Each is judged once, and only when somebody asks. */
export class ClassesAtHome {
  readonly #judge: Judge['judge'];
  readonly #asked = new Map<string, Asked>();

  constructor(judge: Judge['judge']) {
    this.#judge = judge;
  }

  /** Has it judged beside, so that it is known when it is asked for. */
  begin(shell: CommandSpec['shell'], script: string): Asked {
    const key = `${shell} ${script}`;
    const known = this.#asked.get(key);
    if (known) return known;
    const asked: Asked = { verdict: Promise.resolve(), found: null };
    asked.verdict = this.#judge(shell, script).then((found) => void (asked.found = found));
    this.#asked.set(key, asked);
    return asked;
  }

  /** Throws `NotYet` until it is judged. */
  of(shell: CommandSpec['shell'], script: string): Judgement {
    const { verdict, found } = this.begin(shell, script);
    if (found === null) throw new NotYet(verdict);
    return found;
  }

  /** The worse of what the order says and what this computer judges itself. Throws `NotYet` until that is known. */
  ofOrder(envelope: Envelope): OrderClass {
    const claimed = envelope.risk;
    // Nothing is worse, so there is nothing to find.
    if (claimed === 'destructive') return { risk: claimed, dispute: null, unjudged: false };
    const { file } = specOf(envelope);
    const found: Judgement = file === undefined ? this.of(envelope.shell, envelope.script) : fileRisk(file);
    const unjudged = found.unjudged === true;
    const risk = worseRisk(claimed, found.risk);
    if (risk === claimed) return { risk, dispute: null, unjudged };
    const why = `${found.why.charAt(0).toLowerCase()}${found.why.slice(1).replace(/\.$/, '')}`;
    const dispute = `This computer judges the command ${NAMES[risk]} (${why}); the order called it ${NAMES[claimed]}.`;
    return { risk, dispute, unjudged };
  }
}

const NAMES: Readonly<Record<Risk, string>> = { read_only: 'reading', change: 'a change', destructive: 'destructive' };
