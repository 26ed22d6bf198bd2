import {
  ACTION_CLASSES,
  type ActionClass,
  type ApprovalPolicy,
  BUILT_IN,
  type PolicyMode,
  type PolicySource,
  type Ruling,
  stricterMode,
} from '../policy.ts';
import { SOURCE_WORDS } from './document.ts';
import type { MergedPolicy, Said } from './merge.ts';
import { isQuiet, quietWords } from './quiet-hours.ts';
import { APPROVER_RULE, NO_APPROVER_RULE, OWNER_RULE, STRONG_RULE, UNATTENDED_RULE } from './strong-rule.ts';

/** Who is signed in at the computer, as it last told. `unknown` counts like one: the question itself finds out. */
export type People = 'one' | 'several' | 'nobody' | 'unknown';

/** Whether a named approver could allow something there; `unseen`: nobody looked. */
export type ApproverThere = 'yes' | 'none_registered' | 'none_pinned' | 'unseen';

export interface Situation {
  /** When, in ms since the epoch. */
  at: number;
  people: People;
  /** Whether the desktop at its screen is locked; what is not known counts as no. */
  locked: boolean;
  approver: ApproverThere;
  /** The classes that start there with an approver's passkey only, as its owner has it; left out: nobody looked. */
  pinned?: readonly ActionClass[];
}

/** A policy for one moment: for the workflow, and what it means for the question that starts a session. */
export interface PolicyNow {
  policy: ApprovalPolicy & { rulings: Record<ActionClass, Ruling> };
  /** Why nobody can be asked now; null when they can. */
  noAsking: Ruling | null;
  /** A named approver's passkey allows commands, not the person at the computer. */
  strong: boolean;
  /** The rule by which a session may start and nobody is asked, if the endpoint's owner allows it; null: there is none. */
  unattended: Ruling | null;
}

/** Applies a merged policy to a moment. Where nobody can be asked, what would ask is refused; what asks nobody goes on. */
export function policyNow(merged: MergedPolicy, situation: Situation): PolicyNow {
  const noAsking = whyNoAsking(merged, situation);
  const owners = ownerAsks(merged, situation.pinned ?? []);
  const ruling = (of: ActionClass): Ruling => {
    // What the owner of the computer demands no policy takes away: an order without a passkey would only be refused there.
    if (owners.includes(of)) return noAsking ?? byApprover(null, situation.approver);
    const said = merged.modes[of];
    const mode = merged.strong === null ? said.value : stricterMode(said.value, 'ask');
    if ((mode === 'ask' || mode === 'ask_approver') && noAsking !== null) return noAsking;
    if (mode === 'ask_approver') return byApprover(said, situation.approver);
    if (mode === 'ask' && merged.strong !== null)
      return { mode, rule: STRONG_RULE, ...source(merged.strong), words: STRONG_SAYS };
    if (mode === 'unattended') return { mode, rule: UNATTENDED_RULE, ...source(said), words: UNATTENDED_SAYS };
    return { mode, rule: BUILT_IN[of].rule, ...source(said), words: WORDS[of][mode] };
  };
  const rulings = Object.fromEntries(ACTION_CLASSES.map((of) => [of, ruling(of)])) as Record<ActionClass, Ruling>;
  const { versions, riskFloor, approvalTimeoutMs } = merged;
  return {
    policy: {
      version: versions.client_group,
      riskFloor: riskFloor.value,
      approvalTimeoutMs: approvalTimeoutMs.value,
      rulings,
    },
    noAsking,
    strong: merged.strong !== null,
    unattended: ACTION_CLASSES.map((of) => rulings[of]).find(({ mode }) => mode === 'unattended') ?? null,
  };
}

/** The client's approvers are asked. Where there is none to be believed it is refused: the person at the computer is never asked instead. */
function byApprover(said: Said<PolicyMode> | null, approver: ApproverThere): Ruling {
  const from = said === null ? ({ level: 'built_in', version: 0 } as const) : source(said);
  if (approver === 'yes' || approver === 'unseen')
    return said === null
      ? { mode: 'ask_approver', rule: OWNER_RULE, ...from, words: OWNER_SAYS }
      : { mode: 'ask_approver', rule: APPROVER_RULE, ...from, words: APPROVER_SAYS };
  const why =
    approver === 'none_registered'
      ? 'no approver of this client has made a passkey yet. An admin names one under Settings → Approvers.'
      : 'no approver’s passkey is pinned on this computer. Its owner pins them with “approvers add”.';
  return {
    mode: 'refuse',
    rule: NO_APPROVER_RULE,
    ...from,
    words: `By ${said === null ? 'the word of this computer’s owner' : SOURCE_WORDS[said.level]} a named approver has to allow this, and ${why}`,
  };
}

const APPROVER_SAYS =
  'A named approver of the client has to allow this with a passkey. The person at the device cannot, and may still say no.';

const OWNER_SAYS =
  'The owner of this computer has a named approver allow this with a passkey. The person at the device cannot, and may still say no.';

const STRONG_SAYS = 'Strong mode: a named approver’s passkey has to allow every command, also one that only reads.';

const UNATTENDED_SAYS =
  'Unattended: the policy says so and the owner of this computer allows it, so nobody is asked. Nobody approved it.';

/** What is known of a moment when nobody asked the endpoint. */
export const UNSEEN = { people: 'unknown', locked: false, approver: 'unseen' } as const;

/** The classes of commands that are asked of a named approver. */
export const approverClasses = ({ modes }: Pick<MergedPolicy, 'modes'>): ActionClass[] =>
  ACTION_CLASSES.filter((of) => modes[of].value === 'ask_approver');

/** The classes that only the computer's owner has a named approver decide. In strong mode the policy asks one for all of them. */
export const ownerAsks = (
  { modes, strong }: Pick<MergedPolicy, 'modes' | 'strong'>,
  pinned: readonly ActionClass[],
): ActionClass[] =>
  strong === null
    ? ACTION_CLASSES.filter(
        (of) => pinned.includes(of) && stricterMode(modes[of].value, 'ask_approver') !== modes[of].value,
      )
    : [];

/** Whether the policy says something that hangs on who is at the computer. */
export const dependsOnPeople = ({ nobodySignedIn, severalPeople, lockedScreen }: MergedPolicy): boolean =>
  [nobodySignedIn, severalPeople, lockedScreen].some(({ value }) => value === 'refuse');

function whyNoAsking(merged: MergedPolicy, { at, people, locked }: Situation): Ruling | null {
  const refusal = (rule: string, said: { level: PolicySource; version: number }, words: string): Ruling => ({
    mode: 'refuse',
    rule,
    ...source(said),
    words: `${words}, so by ${SOURCE_WORDS[said.level]} what would need an answer is refused.`,
  });
  const quiet = merged.quietHours.find(({ value }) => isQuiet(value, at));
  if (quiet !== undefined) return refusal('P-5', quiet, `It is quiet hours, ${quietWords(quiet.value)}`);
  const { nobodySignedIn, severalPeople, lockedScreen } = merged;
  if (people === 'nobody' && nobodySignedIn.value === 'refuse')
    return refusal('P-6', nobodySignedIn, 'Nobody is signed in at this computer');
  if (people === 'several' && severalPeople.value === 'refuse')
    return refusal('P-7', severalPeople, 'Several people are signed in at this computer');
  if (locked && lockedScreen.value === 'refuse')
    return refusal('P-8', lockedScreen, 'The screen of this computer is locked');
  return null;
}

const source = ({ level, version }: Pick<Said<unknown>, 'level' | 'version'>) => ({ level, version });

const WORDS: Record<ActionClass, Record<Exclude<PolicyMode, 'unattended' | 'ask_approver'>, string>> = {
  read_only: {
    run: BUILT_IN.read_only.words,
    ask: 'Only reads, and the person at the device is asked first all the same.',
    refuse: 'Only reads, and even that is refused here.',
  },
  change: words('change', 'Changes something, and changes are refused here.'),
  destructive: words('destructive', 'Can destroy data, and such commands are refused here.'),
  other_identity: words('other_identity', 'Runs under another account, and that is refused here.'),
};

function words(of: ActionClass, refused: string): (typeof WORDS)[ActionClass] {
  return { run: BUILT_IN[of].words, ask: BUILT_IN[of].words, refuse: refused };
}
