import { DEFAULT_POLICY, POLICY_MODES, type PolicyVerdict } from '@throughline/domain/policy';
import { policyChanges } from '@throughline/domain/policy/document';
import type { PolicyOfLevel } from '@throughline/domain/policy/merge';
import { judgePast } from '@throughline/domain/policy/preview';
import { type JudgedCommandRow, commandsUnder } from '@throughline/store/policy-preview-store';
import { currentPolicies } from '@throughline/store/policy-store';
import type { Tx } from '@throughline/store/tenant';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { assess, raisedByFloor } from '../sessions/propose.ts';
import { permit } from '../sessions/viewer.ts';
import { type SubjectIds, documentOf, subjectOf } from './subject.ts';

const DAYS = 30;
/** So many of the newest are judged, and so many told one by one. */
const MOST_JUDGED = 2_000;
const MOST_LISTED = 100;

export interface PreviewedCommand {
  row: JudgedCommandRow;
  before: PolicyVerdict;
  after: PolicyVerdict;
}

export interface PolicyPreview {
  changes: string[];
  /** Commands of the last 30 days that were judged. */
  judged: number;
  /** There are more of them than are judged. */
  more: boolean;
  asked: number;
  refused: number;
  eased: number;
  listed: PreviewedCommand[];
}

/** What a policy would have made of the last month's commands, beside what the policies of now make of them. Changes nothing. */
export async function previewPolicy(
  tx: Tx,
  deps: Pick<Deps, 'risk'>,
  viewer: Viewer,
  proposed: SubjectIds & { document: unknown },
): Promise<PolicyPreview> {
  permit(viewer, 'settings.write', true);
  const subject = await subjectOf(tx, viewer, proposed);
  const document = documentOf(proposed.document);
  const now = await currentPolicies(tx, viewer.mspId);
  const own = now.find(({ level, subjectId }) => level === subject.level && subjectId === subject.id);
  const then: typeof now = [
    ...now.filter((policy) => policy !== own),
    { level: subject.level, subjectId: subject.id, version: (own?.version ?? 0) + 1, document },
  ];
  const [before, after] = [byCommand(now, viewer.mspId), byCommand(then, viewer.mspId)];
  const since = new Date(Date.now() - DAYS * 86_400_000);
  const rows = await commandsUnder(tx, viewer.mspId, subject, since, MOST_JUDGED + 1);
  const judged = rows.slice(0, MOST_JUDGED).map((row): PreviewedCommand => {
    const past = {
      risk: ownRisk(deps, row),
      otherIdentity: row.spec.runAs.kind !== 'runtime',
      at: row.proposed_at.getTime(),
    };
    return { row, before: judgePast(past, before(row)), after: judgePast(past, after(row)) };
  });
  const stricter = judged.filter((each) => step(each) > 0);
  const changed = judged.filter((each) => step(each) !== 0);
  return {
    changes: policyChanges(own?.document ?? {}, document),
    judged: judged.length,
    more: rows.length > MOST_JUDGED,
    asked: stricter.filter(({ after: { verdict } }) => verdict === 'ask' || verdict === 'ask_approver').length,
    refused: stricter.filter(({ after: { verdict } }) => verdict === 'refuse').length,
    eased: changed.length - stricter.length,
    listed: changed.slice(0, MOST_LISTED),
  };
}

/** The policies that hold where a command was proposed. */
function byCommand(policies: readonly (PolicyOfLevel & { subjectId: string })[], mspId: string) {
  const known = new Map(policies.map((policy) => [policy.subjectId, policy]));
  return ({ group_id, client_id, endpoint_id }: JudgedCommandRow): PolicyOfLevel[] =>
    [mspId, group_id, client_id, endpoint_id].flatMap((id) => known.get(id) ?? []);
}

/** What was kept is the class after the floor of its day. Only where that raised it is the script read once more. */
const ownRisk = (deps: Pick<Deps, 'risk'>, { spec, risk, risk_why }: JudgedCommandRow) =>
  raisedByFloor(risk_why) ? assess(deps, spec, DEFAULT_POLICY).risk : risk;

const step = ({ before, after }: PreviewedCommand): number =>
  POLICY_MODES.indexOf(after.verdict) - POLICY_MODES.indexOf(before.verdict);
