import { asksApprover } from '@throughline/domain/policy/strong-rule';
import { ApprovalKind, ApprovalState } from './enums.ts';
import { ApprovalRequest, Command, Session } from './refs.ts';

const NUDGE_GAP_MS = 30_000;

ApprovalRequest.implement({
  fields: (t) => ({
    kind: t.field({ type: ApprovalKind, resolve: (row) => row.kind }),
    state: t.field({ type: ApprovalState, resolve: (row) => row.state }),
    session: t.field({ type: Session, resolve: (row) => row.session_id }),
    command: t.field({ type: Command, nullable: true, resolve: (row) => row.command_id }),
    byApprover: t.boolean({
      resolve: (row) => asksApprover(row.rule),
      description: 'A named approver is asked for a passkey, not the person at the device.',
    }),
    title: t.exposeString('title'),
    reason: t.exposeString('reason'),
    changes: t.exposeString('changes'),
    code: t.exposeString('code'),
    requestedAt: t.field({ type: 'DateTime', resolve: (row) => row.requested_at }),
    shownAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.shown_at }),
    expiresAt: t.field({ type: 'DateTime', resolve: (row) => row.expires_at }),
    decidedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.decided_at }),
    account: t.exposeString('account', { nullable: true }),
    answerReason: t.exposeString('answer_reason', { nullable: true }),
    channel: t.exposeString('channel', { nullable: true }),
    nudges: t.exposeInt('nudges'),
    contacts: t.exposeInt('contacts', { description: 'how often somebody called or wrote to the person' }),
    contactedAt: t.field({ type: 'DateTime', nullable: true, resolve: (row) => row.contacted_at }),
    contactedBy: t.exposeString('contacted_by', { nullable: true }),
    contactedWhom: t.exposeString('contacted_whom', {
      nullable: true,
      description: 'a named approver; null: the person at the device',
    }),
    nudgeAllowedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: (row) => (row.nudged_at === null ? null : row.nudged_at.getTime() + NUDGE_GAP_MS),
    }),
  }),
});
