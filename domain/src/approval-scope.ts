import { z } from 'zod';
import { type Risk, worseRisk, zRisk, zShell } from './command.ts';
import { CATEGORIES, type CommandPlace, within } from './command-place.ts';
import { type Language, sayIn } from './prompt/catalogue.ts';

/** For how long an approval may cover more than its own command, in minutes. */
export const SCOPE_MINUTES = [15, 60, 240] as const;
const minutes = z.literal(SCOPE_MINUTES);

/** What an approval covers beyond its own command, in its own session alone: signed by the endpoint with the decision. */
export const zApprovalScope = z.discriminatedUnion('kind', [
  /** The very same command, as often as wanted. */
  z.strictObject({ kind: z.literal('exact'), minutes }),
  z.strictObject({
    kind: z.literal('category'),
    minutes,
    category: z.enum(CATEGORIES),
    folder: z.string().max(4096).nullable(),
    shell: zShell,
    /** No command of a worse class than the one that was shown. */
    atMost: zRisk,
  }),
]);
export type ApprovalScope = z.infer<typeof zApprovalScope>;

/** A command as a scope looks at it. */
export interface Wanted {
  hash: string;
  risk: Risk;
  place: CommandPlace | null;
}

export const scopeEnd = (scope: ApprovalScope, decidedAt: number): number => decidedAt + scope.minutes * 60_000;

/** Whether a yes of that scope, to the command of that hash, covers this command. Time is looked at apart. */
export function covers(scope: ApprovalScope, grantedHash: string, { hash, risk, place }: Wanted): boolean {
  if (scope.kind === 'exact') return hash === grantedHash;
  return place !== null && within(scope, place) && worseRisk(risk, scope.atMost) === scope.atMost;
}

/** The scope in plain words, without its time. */
export function scopeWords(scope: ApprovalScope, language: Language = 'en'): string {
  const say = sayIn(language);
  if (scope.kind === 'exact') return say('scope.exact');
  const kind = say(`scope.${scope.category}`);
  return scope.folder === null ? kind : say('scope.under', { kind, folder: scope.folder });
}
