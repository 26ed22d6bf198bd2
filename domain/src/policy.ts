import { type Risk, worseRisk } from './command.ts';

/** Whom a policy is laid down for, the broadest first. */
export const POLICY_LEVELS = ['organisation', 'client_group', 'client', 'endpoint'] as const;
export type PolicyLevel = (typeof POLICY_LEVELS)[number];
/** Where a rule comes from; `built_in`: from this product, where no level says anything. It has version 0. */
export const POLICY_SOURCES = [...POLICY_LEVELS, 'built_in'] as const;
export type PolicySource = (typeof POLICY_SOURCES)[number];

/**
 * What a policy says about a class of commands, the strictest last. `unattended`: nobody is asked, where the endpoint's owner
 * allows it too. `ask_approver`: one of the client's named approvers is asked for a passkey, and the person at the computer cannot allow it.
 */
export const POLICY_MODES = ['unattended', 'run', 'ask', 'ask_approver', 'refuse'] as const;
export type PolicyMode = (typeof POLICY_MODES)[number];

export const ACTION_CLASSES = ['read_only', 'change', 'destructive', 'other_identity'] as const;
export type ActionClass = (typeof ACTION_CLASSES)[number];

export const stricterMode = (a: PolicyMode, b: PolicyMode): PolicyMode =>
  POLICY_MODES.indexOf(a) >= POLICY_MODES.indexOf(b) ? a : b;

/** What becomes of one class of commands at one moment, and who says so. */
export interface Ruling {
  mode: PolicyMode;
  rule: string;
  level: PolicySource;
  version: number;
  words: string;
}

/** The policy for one endpoint at one moment, as a session's workflow gets it with each proposal. */
export interface ApprovalPolicy {
  /** Of the client group's policy, which was the only one before there were levels. */
  version: number;
  /** The least class any command counts as. `change` makes even reading ask. */
  riskFloor: Risk;
  /** How long a request waits for an answer, in ms. Silence counts as no. */
  approvalTimeoutMs: number;
  /** All levels merged (policy/rulings.ts); absent in what workflows were told before there were levels. */
  rulings?: Record<ActionClass, Ruling>;
}

export const DEFAULT_POLICY: ApprovalPolicy = { version: 1, riskFloor: 'read_only', approvalTimeoutMs: 30 * 60_000 };

export interface PolicyVerdict {
  verdict: PolicyMode;
  rule: string;
  /** Of the policy of that level; where no level is named, of the client group's. */
  version: number;
  level?: PolicySource;
  words: string;
}

export interface PolicyQuestion {
  risk: Risk;
  /** Whether the person at the endpoint allowed the session, and has not taken that back. */
  consent: boolean;
  /** Whether it runs under another identity than the runtime's own. */
  otherIdentity: boolean;
  /** The session runs by policy, not by a person's consent: the classes that the endpoint's owner allows to run unattended. */
  unattended?: readonly ActionClass[];
}

type Plain = Pick<Ruling, 'mode' | 'rule' | 'words'>;
/** What holds where no policy says otherwise. No policy can loosen it: runtime, signer and verifiers demand it too. */
export const BUILT_IN: Record<ActionClass, Plain> = {
  read_only: { mode: 'run', rule: 'P-1', words: 'Only reads. Covered by the consent to the session.' },
  change: { mode: 'ask', rule: 'P-2', words: 'Changes something, so the person at the device is asked first.' },
  destructive: { mode: 'ask', rule: 'P-3', words: 'Can destroy data, so the person at the device is asked first.' },
  other_identity: {
    mode: 'ask',
    rule: 'P-4',
    words: 'Runs under another account, so the person at the device is asked first.',
  },
};
const NO_CONSENT: Plain = {
  mode: 'refuse',
  rule: 'P-0',
  words: 'Nothing runs before the person at the device allowed the session.',
};

/** Decides whether a command runs, asks first, or is refused, and names the rule. */
export function decide(
  policy: ApprovalPolicy,
  { risk, consent, otherIdentity, unattended }: PolicyQuestion,
): PolicyVerdict {
  if (!consent) return builtIn(policy, NO_CONSENT);
  const ofRisk = ruling(policy, risk, unattended);
  if (!otherIdentity) return ofRisk;
  const ofIdentity = ruling(policy, 'other_identity', unattended);
  return stricterMode(ofIdentity.verdict, ofRisk.verdict) === ofIdentity.verdict ? ofIdentity : ofRisk;
}

function ruling(policy: ApprovalPolicy, of: ActionClass, unattended: PolicyQuestion['unattended']): PolicyVerdict {
  const least = BUILT_IN[of];
  const said = policy.rulings?.[of];
  if (said?.mode === 'unattended' && unattended?.includes(of) === true) return spoken(said);
  // Where the owner does not allow it, `unattended` says no more than nothing: the built-in rule holds.
  const weaker = said === undefined || stricterMode(said.mode, least.mode) !== said.mode;
  const attended = weaker ? builtIn(policy, least) : spoken(said);
  // Reading goes with a person's consent to the session, and this session has none.
  return unattended !== undefined && attended.verdict === 'run'
    ? {
        ...attended,
        verdict: 'ask',
        words: 'Nobody at the device allowed this session, so the person there is asked first.',
      }
    : attended;
}

const spoken = ({ mode, rule, level, version, words }: Ruling): PolicyVerdict => ({
  verdict: mode,
  rule,
  level,
  version,
  words,
});

const builtIn = ({ version, rulings }: ApprovalPolicy, { mode, rule, words }: Plain): PolicyVerdict =>
  rulings === undefined
    ? { verdict: mode, rule, version, words }
    : { verdict: mode, rule, level: 'built_in', version: 0, words };

/** The policy without what it lets run unattended: the built-in rules hold there. */
export const attended = (policy: ApprovalPolicy): ApprovalPolicy =>
  policy.rulings === undefined
    ? policy
    : {
        ...policy,
        rulings: Object.fromEntries(
          ACTION_CLASSES.map((of) => {
            const said = policy.rulings?.[of] as Ruling;
            return [of, said.mode === 'unattended' ? { ...BUILT_IN[of], level: 'built_in', version: 0 } : said];
          }),
        ) as Record<ActionClass, Ruling>,
      };

/** The class a command counts as under a policy. */
export const floored = (policy: Pick<ApprovalPolicy, 'riskFloor'>, risk: Risk): Risk =>
  worseRisk(risk, policy.riskFloor);
