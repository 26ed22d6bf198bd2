import { z } from 'zod';
import { type Risk, worseRisk, zRisk, zShell } from './command.ts';
import { CATEGORIES, type CommandPlace, within } from './command-place.ts';

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

const WORDS: Record<CommandPlace['category'], string> = {
  printers: 'printer commands',
  services: 'commands that start and stop services',
  packages: 'commands that install and remove packages',
  certificates: 'commands that update certificates',
  network: 'commands that reconnect the network',
  files: 'commands on files',
};

/** The scope in plain words, without its time. */
export const scopeWords = (scope: ApprovalScope): string =>
  scope.kind === 'exact'
    ? 'exactly this command'
    : `${WORDS[scope.category]}${scope.folder === null ? '' : ` under ${scope.folder}`}`;
