import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Risk } from './command.ts';
import type { Decision, Effect } from './effect.ts';
import { ENVELOPE_LIFETIME_MS } from './envelope.ts';
import { DEFAULT_POLICY } from './policy.ts';
import { type Proposal, SessionCase } from './session-case.ts';
import { mergeSla } from './sla/merge.ts';
import { DEFAULT_SLA } from './sla.ts';

const T0 = Date.parse('2026-02-17T14:31:00Z');
const MINUTE = 60_000;
const jun = { id: 'jun', any: false };
const sam = { id: 'sam', any: true };
const dana = { kind: 'user' as const, id: 'dana' };
const system = { kind: 'system' as const };

function opened(): SessionCase {
  const open = { clientId: 'c', endpointId: 'e', detailsText: 't', priority: 'normal' as const, by: dana };
  return SessionCase.open({ mspId: 'm', sessionId: 's' }, open, DEFAULT_SLA, true, T0).session;
}

function answer(approvalId: string, hash: string, decision: 'approve' | 'deny' = 'approve'): Decision {
  return {
    approvalId,
    decision,
    reasonText: null,
    account: 'olivia',
    channel: 'endpoint_prompt',
    hash,
    signature: 'x',
    decidedAt: T0,
  };
}

function started(): SessionCase {
  const session = opened();
  session.assign('jun', dana, null, T0);
  session.start(jun, 'consent', 'consent-hash', 'look', DEFAULT_POLICY, T0 + MINUTE);
  return session;
}

function active(): SessionCase {
  const session = started();
  session.decide(answer('consent', 'consent-hash'), T0 + 2 * MINUTE);
  return session;
}

function proposal(commandId: string, risk: Risk = 'change', changes: Partial<Proposal> = {}): Proposal {
  const ids = { commandId, hash: `hash-${commandId}`, approvalId: `approval-${commandId}` };
  return { ...ids, risk, otherIdentity: false, timeoutMs: MINUTE, policy: DEFAULT_POLICY, by: jun, ...changes };
}

const did = (effects: Effect[]) => effects.map((effect) => effect.do).filter((name) => name !== 'project');
const the = <D extends Effect['do']>(effects: Effect[], name: D) =>
  effects.find((effect): effect is Extract<Effect, { do: D }> => effect.do === name);
const code = (fn: () => void): string => {
  try {
    fn();
    return 'no failure';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('escalation', () => {
  it('F079 F073 makes the session urgent, with an entry, once; a message of an older server does not', () => {
    const session = active();
    const effects = session.escalate('sam', dana, 'why', T0 + 3 * MINUTE, true);
    expect(did(effects).slice(0, 3)).toEqual(['escalate', 'set_priority', 'assign']);
    expect(the(effects, 'set_priority')).toMatchObject({ from: 'normal', to: 'urgent', by: dana, reasonText: 'why' });
    expect(the(session.escalate('jun', dana, 'why', T0 + 4 * MINUTE, true), 'set_priority')).toBeUndefined();
    const older = active();
    expect(the(older.escalate('sam', dana, 'why', T0 + 3 * MINUTE), 'set_priority')).toBeUndefined();
    expect(older.state).toMatchObject({ escalated: true, priority: 'normal', assigneeId: 'sam' });
  });
});

describe('U34 a session that runs unattended', () => {
  const rule = { rule: 'P-10', level: 'client', version: 3 } as const;
  const ruling = { ...rule, mode: 'unattended', words: 'Unattended.' } as const;
  const policy = {
    ...DEFAULT_POLICY,
    rulings: { read_only: ruling, change: ruling, destructive: ruling, other_identity: ruling },
  };
  const fileHash = 'f'.repeat(64);
  const stated = (): Decision => ({
    ...answer('consent', 'consent-hash'),
    account: '',
    channel: 'policy',
    unattended: { ...rule, classes: ['read_only', 'change'], fileHash },
  });
  const asked = () => {
    const session = opened();
    const effects = session.start(jun, 'consent', 'consent-hash', 'look', policy, T0, { ...rule, orAsk: true });
    return { session, ask: the(effects, 'ask') };
  };

  it('asks the endpoint first, and sends by the rule what its owner lets run, nothing else', () => {
    const { session, ask } = asked();
    expect(ask?.unattended).toEqual({ ...rule, orAsk: true });
    expect(the(session.decide(stated(), T0 + 1), 'decide')?.decision.channel).toBe('policy');
    const change = session.propose(proposal('fix', 'change', { policy }), T0 + 2);
    expect(the(change, 'record_policy')).toMatchObject({ verdict: 'unattended', rule: 'P-10', policyVersion: 3 });
    expect(the(change, 'dispatch')).toMatchObject({
      unattended: rule,
      approvals: [{ id: 'consent', kind: 'session' }],
    });
    const wipes = session.propose(proposal('wipe', 'destructive', { policy }), T0 + 3);
    expect(did(wipes)).toEqual(['record_policy', 'ask']);
    expect(the(wipes, 'record_policy')).toMatchObject({ verdict: 'ask', rule: 'P-3' });
    // A policy that since then says less: reading asks too, because no person allowed the session.
    expect(did(session.propose(proposal('look', 'read_only'), T0 + 4))).toEqual(['record_policy', 'ask']);
    const yes = session.decide(answer('approval-wipe', 'hash-wipe'), T0 + 5);
    expect(the(yes, 'dispatch')).not.toHaveProperty('unattended');
  });

  it('does not take the statement where no policy asked for it, and then a person’s yes makes it an ordinary session', () => {
    const session = started();
    expect(did(session.decide(stated(), T0 + 2 * MINUTE))).toEqual(['ignore_decision']);
    const { session: other } = asked();
    other.decide(answer('consent', 'consent-hash'), T0 + 1);
    expect(did(other.propose(proposal('fix', 'change', { policy }), T0 + 2))).toEqual(['record_policy', 'ask']);
    expect(did(other.decide(stated(), T0 + 3))).toEqual(['ignore_decision']);
  });
});

describe('F049 a command that asks a named approver', () => {
  const ruling = {
    rule: 'P-11',
    level: 'client',
    version: 3,
    mode: 'ask_approver',
    words: 'A named approver.',
  } as const;
  const policy = {
    ...DEFAULT_POLICY,
    rulings: { read_only: ruling, change: ruling, destructive: ruling, other_identity: ruling },
  };
  const passkey = (decision: 'approve' | 'deny' = 'approve'): Decision => ({
    ...answer('approval-fix', 'hash-fix', decision),
    ...{ account: 'Mara Voss', channel: 'passkey', passkeyText: 'text' },
  });
  const asked = () => {
    const session = active();
    const effects = session.propose(proposal('fix', 'change', { policy }), T0 + 3 * MINUTE);
    return { session, effects };
  };

  it('takes no yes of the person at the device, which is kept as ignored, and goes on waiting', () => {
    const { session, effects } = asked();
    expect(did(effects)).toEqual(['record_policy', 'ask']);
    expect(the(effects, 'record_policy')).toMatchObject({ verdict: 'ask_approver', rule: 'P-11' });
    const yes = answer('approval-fix', 'hash-fix');
    expect(code(() => session.checkDecision(yes, T0 + 4 * MINUTE))).toBe('FORBIDDEN');
    expect(did(session.decide(yes, T0 + 4 * MINUTE))).toEqual(['ignore_decision']);
    expect(did(session.decide(passkey(), T0 + 5 * MINUTE))).toEqual(['decide', 'dispatch']);
  });

  it.each([
    ['the person at the device', answer('approval-fix', 'hash-fix', 'deny'), 'Denied at the device.'],
    ['the approver', passkey('deny'), 'Denied by a named approver.'],
  ])('hears a no of %s', (_who, no, words) => {
    const { session } = asked();
    const effects = session.decide(no, T0 + 4 * MINUTE);
    expect(the(effects, 'end_command')).toMatchObject({ state: 'denied', words: expect.stringContaining(words) });
  });

  it('F052 F053 waits on the approver, who may be reminded; with a question to the person beside it, on the person', () => {
    const { session, effects } = asked();
    expect(the(effects, 'project')).toMatchObject({ waitingOn: 'approver' });
    session.checkNudge('approval-fix', T0 + 3 * MINUTE);
    const nudged = session.nudge('approval-fix', dana, T0 + 3 * MINUTE);
    expect(the(nudged, 'nudge')).toMatchObject({ approvalId: 'approval-fix', count: 1 });
    expect(code(() => session.checkNudge('approval-fix', T0 + 3 * MINUTE + 29_999))).toBe('RATE_LIMITED');
    const beside = session.propose(proposal('beside', 'destructive'), T0 + 4 * MINUTE);
    expect(the(beside, 'project')).toMatchObject({ waitingOn: 'end_user' });
    session.checkNudge('approval-beside', T0 + 5 * MINUTE);
    const answered = session.decide(answer('approval-beside', 'hash-beside', 'deny'), T0 + 5 * MINUTE);
    expect(the(answered, 'project')).toMatchObject({ waitingOn: 'approver' });
    expect(the(session.decide(passkey('deny'), T0 + 6 * MINUTE), 'project')).toMatchObject({ waitingOn: 'technician' });
  });

  it('F052 waits on the approver in strong mode too', () => {
    const strong = { ...ruling, rule: 'P-9', mode: 'ask' } as const;
    const rulings = { read_only: strong, change: strong, destructive: strong, other_identity: strong };
    const effects = active().propose(proposal('look', 'read_only', { policy: { ...policy, rulings } }), T0 + MINUTE);
    expect(the(effects, 'project')).toMatchObject({ waitingOn: 'approver' });
  });

  it('is not covered by what the person allowed before, ends with the session, and lapses by itself', () => {
    const session = active();
    session.propose(proposal('fix'), T0 + 3 * MINUTE);
    const scope = { kind: 'exact', minutes: 60 } as const;
    session.decide({ ...answer('approval-fix', 'hash-fix'), scope }, T0 + 3 * MINUTE);
    const again = proposal('again', 'change', { policy, hash: 'hash-fix' });
    expect(did(session.propose(again, T0 + 4 * MINUTE))).toEqual(['record_policy', 'ask']);
    expect(did(asked().session.endByEndUser('pat', T0 + 4 * MINUTE))).toEqual(
      expect.arrayContaining(['end_approval', 'end_command', 'complete']),
    );
    expect(the(session.wake(T0 + 5 * 3_600_000), 'end_command')).toMatchObject({ commandId: 'again' });
  });
});

describe('a session from open to completed', () => {
  it('F044 F047 goes through consent, a look, an approved change and completion', () => {
    const session = opened();
    expect(session.state).toMatchObject({ status: 'unstarted', consent: null, assigneeId: null });
    expect(did(session.assign('jun', dana, 'on shift', T0))).toEqual(['assign']);
    session.checkStart(jun);
    expect(did(session.start(jun, 'consent', 'consent-hash', 'look', DEFAULT_POLICY, T0 + 1))).toEqual([
      'start',
      'sla',
      'ask',
    ]);
    expect(session.state.status).toBe('pending_approval');
    expect(did(session.decide(answer('consent', 'consent-hash'), T0 + 2))).toEqual(['decide', 'sla']);
    expect(session.state).toMatchObject({ status: 'active', consent: { id: 'consent', hash: 'consent-hash' } });

    const look = session.propose(proposal('look', 'read_only'), T0 + 3);
    expect(did(look)).toEqual(['record_policy', 'dispatch']);
    expect(the(look, 'dispatch')).toMatchObject({
      approvals: [{ id: 'consent', kind: 'session' }],
      notAfter: T0 + 3 + ENVELOPE_LIFETIME_MS,
    });
    session.report({ commandId: 'look', state: 'accepted' }, T0 + 4);
    session.report({ commandId: 'look', state: 'running' }, T0 + 5);
    expect(code(() => session.checkComplete(jun))).toBe('INVALID_STATE');
    session.report({ commandId: 'look', state: 'finished' }, T0 + 6);

    expect(did(session.propose(proposal('fix'), T0 + 7))).toEqual(['record_policy', 'ask']);
    const approved = session.decide(answer('approval-fix', 'hash-fix'), T0 + 8);
    expect(did(approved)).toEqual(['decide', 'dispatch']);
    expect(the(approved, 'dispatch')?.approvals.map((approval) => approval.id)).toEqual(['consent', 'approval-fix']);
    session.report({ commandId: 'fix', state: 'finished' }, T0 + 9);

    session.checkComplete(jun);
    const ended = session.complete('resolved', dana, 'note', [9], null, T0 + 10);
    expect(did(ended)).toEqual(['sla', 'complete']);
    expect(session.state).toMatchObject({ status: 'completed', outcome: 'resolved', approvals: {}, commands: {} });
    expect(session.nextWake()).toBeNull();
  });

  it('survives being written down and read back at any point', () => {
    const session = new SessionCase(JSON.parse(JSON.stringify(active().state)) as SessionCase['state']);
    session.propose(proposal('a'), T0);
    const again = new SessionCase(JSON.parse(JSON.stringify(session.state)) as SessionCase['state']);
    expect(did(again.decide(answer('approval-a', 'hash-a'), T0))).toEqual(['decide', 'dispatch']);
  });
});

describe('consent', () => {
  it.each(['read_only', 'change', 'destructive'] as const)('F044 is needed before anything runs: %s', (risk) => {
    for (const session of [opened(), started()]) {
      session.assign('jun', dana, null, T0);
      expect(code(() => session.checkPropose(proposal('a', risk)))).toBe('APPROVAL_REQUIRED');
      expect(session.propose(proposal('a', risk), T0)).toEqual([]);
      expect(session.state.commands).toEqual({});
    }
  });

  it('F044 refused ends the session as denied', () => {
    const session = started();
    const effects = session.decide(answer('consent', 'consent-hash', 'deny'), T0 + 2 * MINUTE);
    expect(did(effects)).toContain('complete');
    expect(session.state).toMatchObject({ status: 'completed', outcome: 'denied', consent: null });
  });

  it('F051 left unanswered counts as no', () => {
    const session = started();
    const due = T0 + MINUTE + DEFAULT_POLICY.approvalTimeoutMs;
    expect(did(session.wake(due - 1))).not.toContain('end_approval');
    expect(the(session.wake(due), 'end_approval')).toMatchObject({ state: 'expired', kind: 'session' });
    expect(session.state).toMatchObject({ status: 'completed', outcome: 'expired' });
    expect(code(() => session.checkDecision(answer('consent', 'consent-hash'), due))).toBe('APPROVAL_EXPIRED');
  });

  it('F057 an answer after the limit does not count, also when the timer has not fired yet', () => {
    const session = started();
    const due = T0 + MINUTE + DEFAULT_POLICY.approvalTimeoutMs;
    expect(code(() => session.checkDecision(answer('consent', 'consent-hash'), due))).toBe('APPROVAL_EXPIRED');
    expect(did(session.decide(answer('consent', 'consent-hash'), due))).toEqual(['ignore_decision']);
    expect(session.state.consent).toBeNull();
    expect(the(session.wake(due), 'end_approval')).toMatchObject({ state: 'expired' });
  });

  it('can be taken back: what waits is withdrawn, what runs is cancelled', () => {
    const session = active();
    session.propose(proposal('runs', 'read_only'), T0);
    session.propose(proposal('waits'), T0);
    const effects = session.endByEndUser('olivia', T0 + 9);
    expect(the(effects, 'end_approval')).toMatchObject({ approvalId: 'approval-waits', state: 'withdrawn' });
    expect(the(effects, 'end_command')).toMatchObject({ commandId: 'waits', state: 'cancelled' });
    expect(the(effects, 'cancel')).toMatchObject({ commandId: 'runs' });
    expect(session.state).toMatchObject({ status: 'completed', outcome: 'cancelled' });
    expect(did(session.decide(answer('approval-waits', 'hash-waits'), T0 + 10))).toEqual(['ignore_decision']);
    expect(session.endByEndUser('olivia', T0 + 11)).toEqual([]);
  });

  it('is asked for once', () => {
    expect(code(() => started().checkStart(jun))).toBe('INVALID_STATE');
    expect(code(() => active().checkStart(sam))).toBe('INVALID_STATE');
  });
});

describe('answers', () => {
  it('count once: the first stands, later ones are kept without effect', () => {
    const session = active();
    session.propose(proposal('a'), T0);
    session.decide(answer('approval-a', 'hash-a', 'deny'), T0 + 1);
    const late = session.decide(answer('approval-a', 'hash-a', 'approve'), T0 + 2);
    expect(did(late)).toEqual(['ignore_decision']);
    expect(code(() => session.checkDecision(answer('approval-a', 'hash-a'), T0))).toBe('ALREADY_DECIDED');
    expect(session.state.commands).toEqual({});
  });

  it('F048 deny ends the command with the reason and leaves the session going', () => {
    const session = active();
    session.propose(proposal('a'), T0);
    const effects = session.decide({ ...answer('approval-a', 'hash-a', 'deny'), reasonText: 'with a patient' }, T0 + 1);
    expect(did(effects)).toEqual(['decide', 'end_command']);
    expect(the(effects, 'decide')?.decision.reasonText).toBe('with a patient');
    expect(session.state.status).toBe('active');
    expect(did(session.propose(proposal('b', 'read_only'), T0 + 2))).toContain('dispatch');
  });

  it('to other words than the ones asked have no effect', () => {
    const session = active();
    session.propose(proposal('a'), T0);
    expect(code(() => session.checkDecision(answer('approval-a', 'another hash'), T0))).toBe('CONFLICT');
    expect(did(session.decide(answer('approval-a', 'another hash'), T0))).toEqual(['ignore_decision']);
    expect(session.state.approvals).toHaveProperty('approval-a');
  });

  it('to nothing that was asked are not found', () => {
    expect(code(() => active().checkDecision(answer('nothing', 'x'), T0))).toBe('NOT_FOUND');
  });

  it('F051 that do not come end the command, not the session', () => {
    const session = active();
    session.propose(proposal('a'), T0);
    const effects = session.wake(T0 + DEFAULT_POLICY.approvalTimeoutMs);
    expect(the(effects, 'end_command')).toMatchObject({ commandId: 'a', state: 'denied' });
    expect(session.state).toMatchObject({ status: 'active', approvals: {}, commands: {} });
    expect(did(session.decide(answer('approval-a', 'hash-a'), T0 + 1e9))).toEqual(['ignore_decision']);
  });
});

describe('commands', () => {
  it('proposed again under the same id are proposed once', () => {
    const session = active();
    session.propose(proposal('a', 'read_only'), T0);
    expect(session.propose(proposal('a', 'read_only'), T0 + 1)).toEqual([]);
    session.report({ commandId: 'a', state: 'finished' }, T0 + 2);
    expect(session.propose(proposal('a', 'read_only'), T0 + 3)).toEqual([]);
    expect(session.report({ commandId: 'a', state: 'running' }, T0 + 4)).toEqual([]);
  });

  it('F050 under another account ask for that by its own name', () => {
    const effects = active().propose(proposal('a', 'read_only', { otherIdentity: true }), T0);
    expect(the(effects, 'ask')).toMatchObject({ kind: 'identity' });
  });

  it('are 16 at a time at most', () => {
    const session = active();
    for (let i = 0; i < 16; i++) session.propose(proposal(`c${i}`, 'read_only'), T0);
    expect(code(() => session.checkPropose(proposal('one more', 'read_only')))).toBe('CONFLICT');
    expect(code(() => session.checkPropose(proposal('c3', 'read_only')))).toBe('no failure');
  });

  it('nobody takes are ended once their order has run out, and not where one was taken', () => {
    const session = active();
    session.propose(proposal('lost', 'read_only'), T0);
    session.propose(proposal('taken', 'read_only'), T0);
    session.report({ commandId: 'taken', state: 'accepted' }, T0 + 1);
    const effects = session.wake(T0 + ENVELOPE_LIFETIME_MS).filter((effect) => effect.do === 'expire_unsent');
    expect(effects).toMatchObject([{ commandId: 'lost' }]);
  });

  it('F016 F023 expire sooner where whoever proposed them said so, counted from when they are sent', () => {
    const session = active();
    const within = { sendWithinMs: 30_000 };
    const look = session.propose(proposal('look', 'read_only', within), T0);
    expect(the(look, 'dispatch')).toMatchObject({ notAfter: T0 + 30_000 });
    session.propose(proposal('fix', 'change', within), T0);
    const approved = session.decide(answer('approval-fix', 'hash-fix'), T0 + MINUTE);
    expect(the(approved, 'dispatch')).toMatchObject({ notAfter: T0 + MINUTE + 30_000 });
    const longer = session.propose(proposal('long', 'read_only', { sendWithinMs: 24 * 60 * MINUTE }), T0);
    expect(the(longer, 'dispatch')).toMatchObject({ notAfter: T0 + ENVELOPE_LIFETIME_MS });
    expect(the(session.wake(T0 + 30_000), 'expire_unsent')).toMatchObject({ commandId: 'look' });
  });

  it('waiting for an answer are withdrawn when cancelled; running ones are told to stop', () => {
    const session = active();
    session.propose(proposal('waits'), T0);
    expect(did(session.cancel('waits', dana, T0))).toEqual(['cancel', 'end_approval', 'end_command']);
    expect(code(() => session.checkCancel('waits'))).toBe('INVALID_STATE');
    session.propose(proposal('runs', 'read_only'), T0);
    expect(did(session.cancel('runs', dana, T0))).toEqual(['cancel']);
    expect(session.state.commands).toHaveProperty('runs');
  });
});

describe('what was given', () => {
  const accepting = { ...DEFAULT_SLA, acceptMs: 10 * MINUTE };
  const given = () => {
    const session = opened();
    session.setSla({ ...accepting, versions: { organisation: 1, client_group: 0, client: 0 } }, dana, T0);
    session.assign('jun', dana, null, T0);
    return session;
  };

  it('F066 goes back to the queue when nobody takes it up in time, once', () => {
    const session = given();
    expect(session.nextWake()).toBe(T0 + 10 * MINUTE);
    expect(did(session.wake(T0 + 10 * MINUTE - 1))).toEqual([]);
    const back = session.wake(T0 + 10 * MINUTE);
    expect(the(back, 'unassign')).toMatchObject({ from: 'jun', why: 'not_taken_up', by: system });
    expect(the(back, 'project')).toMatchObject({ assigneeId: null, waitingOn: 'assignee', awaiting: null });
    expect(did(session.wake(T0 + 11 * MINUTE))).toEqual([]);
  });

  it('F066 stays where it was accepted, started, or taken by the person themselves', () => {
    const accepted = given();
    expect(did(accepted.accept({ kind: 'user', id: 'jun' }, T0 + 1))).toEqual(['accept']);
    const begun = given();
    begun.start(jun, 'consent', 'h', 'look', DEFAULT_POLICY, T0 + 1);
    const own = given();
    own.assign('theo', { kind: 'user', id: 'theo' }, null, T0);
    for (const session of [accepted, begun, own]) expect(did(session.wake(T0 + 11 * MINUTE))).not.toContain('unassign');
    expect(code(() => accepted.checkAwaiting(jun))).toBe('INVALID_STATE');
    expect(code(() => given().checkAwaiting(sam))).toBe('FORBIDDEN');
  });

  it('F066 is declined with a reason, and of two who assign at once the later is told', () => {
    const session = given();
    const seen = session.state.assignments;
    expect(the(session.decline({ kind: 'user', id: 'jun' }, 'reason', T0 + 1), 'unassign')).toMatchObject({
      why: 'declined',
      reasonText: 'reason',
    });
    expect(code(() => session.checkAssign(seen))).toBe('CONFLICT');
    expect(code(() => session.checkAssign(session.state.assignments))).toBe('no failure');
  });
});

describe('who may do it', () => {
  it('F063 the assignee, and after a reassignment the new one; a senior always', () => {
    const session = active();
    expect(code(() => session.checkPropose(proposal('a', 'read_only', { by: { id: 'theo', any: false } })))).toBe(
      'FORBIDDEN',
    );
    session.assign('theo', dana, 'shift ends', T0);
    expect(code(() => session.checkPropose(proposal('a', 'read_only')))).toBe('FORBIDDEN');
    expect(code(() => session.checkPropose(proposal('a', 'read_only', { by: { id: 'theo', any: false } })))).toBe(
      'no failure',
    );
    expect(code(() => session.checkPropose(proposal('a', 'read_only', { by: sam })))).toBe('CONFLICT');
    session.giveRights('sam', 'senior', { kind: 'user', id: 'sam' }, T0);
    expect(code(() => session.checkPropose(proposal('a', 'read_only', { by: sam })))).toBe('no failure');
  });

  it('U49 one person at a time: who has command rights proposes and types, everybody else is refused', () => {
    const session = active();
    const theo = { id: 'theo', any: false };
    const refusedTo = (by: { id: string; any: boolean }) =>
      code(() => session.checkPropose(proposal('a', 'read_only', { by })));
    expect([refusedTo(jun), refusedTo(sam), refusedTo(theo)]).toEqual(['no failure', 'CONFLICT', 'FORBIDDEN']);
    expect(code(() => session.checkGiveRights('sam'))).toBe('CONFLICT');
    const given = session.giveRights('theo', 'handed_over', { kind: 'user', id: 'jun' }, T0);
    expect(the(given, 'command_rights')).toMatchObject({ from: 'jun', to: 'theo', why: 'handed_over' });
    expect(the(given, 'project')).toMatchObject({ assigneeId: 'jun', holderId: 'theo' });
    expect([refusedTo(jun), refusedTo(sam), refusedTo(theo)]).toEqual(['CONFLICT', 'CONFLICT', 'no failure']);
    session.propose(proposal('look', 'read_only', { by: theo }), T0);
    expect(code(() => session.checkInput('look', jun))).toBe('CONFLICT');
    expect(code(() => session.checkInput('look', theo))).toBe('no failure');
    // Whoever may stop a command may do so without the rights.
    expect(code(() => session.checkDoer(jun))).toBe('no failure');
    session.giveRights('jun', 'given', dana, T0);
    expect(session.state.holderId).toBeUndefined();
  });

  it('U49 a reassignment takes command rights along, and who starts a session has them', () => {
    const session = active();
    session.giveRights('sam', 'senior', { kind: 'user', id: 'sam' }, T0);
    expect(the(session.assign('theo', dana, 'shift ends', T0), 'project')).toMatchObject({ holderId: null });
    expect(code(() => session.checkPropose(proposal('a', 'read_only', { by: sam })))).toBe('CONFLICT');
    const other = opened();
    other.assign('jun', dana, null, T0);
    const began = other.start(sam, 'consent', 'h', 'look', DEFAULT_POLICY, T0);
    expect(the(began, 'command_rights')).toMatchObject({ from: 'jun', to: 'sam', why: 'started' });
  });

  it('F063 a reassignment keeps the waiting question as it is', () => {
    const session = active();
    session.propose(proposal('a'), T0);
    expect(did(session.assign('theo', dana, null, T0 + 1))).toEqual(['assign']);
    expect(session.assign('theo', dana, null, T0 + 2).map((effect) => effect.do)).toEqual(['project']);
    expect(did(session.decide(answer('approval-a', 'hash-a'), T0 + 3))).toEqual(['decide', 'dispatch']);
  });

  it('nobody, once it is completed', () => {
    const session = active();
    session.complete('resolved', dana, 'n', [], 'x', T0);
    for (const check of [
      () => session.checkOpen(),
      () => session.checkPropose(proposal('a', 'read_only', { by: sam })),
      () => session.checkComplete(sam),
      () => session.checkStart(sam),
    ])
      expect(code(check)).toBe('INVALID_STATE');
    expect(session.presence(false, T0)).toEqual([]);
  });
});

describe('reminders and clocks', () => {
  it('reminds at most every 30 seconds', () => {
    const session = started();
    session.checkNudge('consent', T0);
    expect(the(session.nudge('consent', dana, T0), 'nudge')).toMatchObject({ count: 1 });
    expect(code(() => session.checkNudge('consent', T0 + 29_999))).toBe('RATE_LIMITED');
    expect(code(() => session.checkNudge('consent', T0 + 30_000))).toBe('no failure');
  });

  it('F052 warns and breaches once each, and keeps when it was met after that', () => {
    const session = opened();
    const { warnMs, breachMs } = DEFAULT_SLA.normal.response;
    expect(session.nextWake()).toBe(T0 + warnMs);
    expect(session.wake(T0 + warnMs)).toMatchObject([
      { do: 'sla', clock: 'response', mark: 'warn' },
      { do: 'project' },
    ]);
    expect(session.wake(T0 + warnMs)).toEqual([]);
    expect(session.wake(T0 + breachMs)).toMatchObject([
      { do: 'sla', clock: 'response', mark: 'breach' },
      { do: 'project' },
    ]);
    session.start(jun, 'consent', 'h', 'r', DEFAULT_POLICY, T0 + breachMs + 5);
    expect(session.state.clocks.response).toMatchObject({ breachedAt: T0 + breachMs, metAt: T0 + breachMs + 5 });
  });

  it('F053 F080 a command’s request that waits too long is marked by the limits for waiting, once each, and shown', () => {
    const session = active();
    const [first, second] = [T0 + 3 * MINUTE, T0 + 4 * MINUTE];
    const { warnMs, breachMs } = DEFAULT_SLA.normal.consent_wait;
    const policy = { ...DEFAULT_POLICY, approvalTimeoutMs: 10 * breachMs };
    const clocked = (commandId: string, at: number) =>
      session.propose(proposal(commandId, 'change', { policy, clocked: true }), at);
    const shown = clocked('a', first);
    expect(the(shown, 'project')?.clocks.consent_wait).toMatchObject({
      ...{ startedAt: first, metAt: null, warnAt: first + warnMs, dueAt: first + breachMs },
    });
    clocked('b', second);
    expect(session.nextWake()).toBe(first + warnMs);
    const mark = { do: 'sla', clock: 'consent_wait', mark: 'warn', dueAt: first + warnMs, startedAt: first };
    expect(session.wake(first + warnMs)).toMatchObject([
      { ...mark, approval: { id: 'approval-a', commandId: 'a' } },
      { do: 'project' },
    ]);
    expect(session.wake(first + warnMs)).toEqual([]);
    const decided = session.decide(answer('approval-a', 'hash-a'), first + warnMs + 1);
    // The other one still waits, and is what the lists show now.
    expect(the(decided, 'project')?.clocks.consent_wait).toMatchObject({ startedAt: second, metAt: null });
    const late = session.wake(second + breachMs + 1).filter((effect) => effect.do === 'sla');
    expect(late).toMatchObject([{ mark: 'warn', approval: { id: 'approval-b', commandId: 'b' } }]);
    const cancelled = session.cancel('b', dana, second + breachMs + 2);
    // Nothing waits any more: it is consent's own wait again, with the time it took.
    const [last] = cancelled.filter((effect) => effect.do === 'project').slice(-1);
    expect(last?.clocks.consent_wait).toMatchObject({ startedAt: T0 + MINUTE, metAt: T0 + 2 * MINUTE });
    expect(session.nextWake()).toBe(T0 + DEFAULT_SLA.normal.resolution.warnMs);
  });

  it('F053 a proposal of an older workflow is not marked: its history had no such timer', () => {
    const session = active();
    const shown = session.propose(proposal('a'), T0 + 3 * MINUTE);
    expect(the(shown, 'project')?.clocks.consent_wait).toMatchObject({ metAt: T0 + 2 * MINUTE });
    expect(session.nextWake()).toBe(T0 + 3 * MINUTE + DEFAULT_POLICY.approvalTimeoutMs);
  });

  it('counts by the priority it has now', () => {
    const session = opened();
    session.setPriority('urgent', dana, null, T0 + 1);
    expect(session.nextWake()).toBe(T0 + DEFAULT_SLA.urgent.response.warnMs);
    expect(session.setPriority('urgent', dana, null, T0 + 2).map((effect) => effect.do)).toEqual(['project']);
  });

  const promised = (minutes: number, version: number) =>
    mergeSla([{ level: 'client', version, document: { normal: { response: minutes, resolution: 10 * minutes } } }])
      .policy;
  const dueOf = (effects: Effect[], name: 'response' | 'resolution') =>
    ((the(effects, 'project')?.clocks[name]?.dueAt ?? 0) - T0) / MINUTE;

  it('F080 goes on by a changed policy: its clocks are shown with their new limits, and its marks move', () => {
    const session = opened();
    const effects = session.setSla(promised(20, 1), dana, T0 + 1);
    expect(the(effects, 'set_sla')).toMatchObject({
      versions: { organisation: 0, client_group: 0, client: 1 },
      changes: [expect.stringContaining('limit 1 h'), expect.stringContaining('limit 8 h')],
      by: dana,
    });
    expect([dueOf(effects, 'response'), dueOf(effects, 'resolution')]).toEqual([20, 200]);
    expect(session.nextWake()).toBe(T0 + 15 * MINUTE);
    // Come twice, or overtaken by a later one: nothing happens.
    expect(session.setSla(promised(20, 1), dana, T0 + 2)).toEqual([]);
    expect(did(session.setSla(promised(30, 3), dana, T0 + 3))).toEqual(['set_sla']);
    expect(session.setSla(promised(25, 2), dana, T0 + 4)).toEqual([]);
    expect(session.nextWake()).toBe(T0 + 22.5 * MINUTE);
  });

  it('F080 what was met keeps the limit it was met by, and a mark that was reached stays', () => {
    const session = opened();
    session.wake(T0 + 45 * MINUTE);
    session.assign('jun', dana, null, T0 + 50 * MINUTE);
    session.start(jun, 'consent', 'h', 'r', DEFAULT_POLICY, T0 + 50 * MINUTE);
    const effects = session.setSla(promised(20, 1), dana, T0 + 51 * MINUTE);
    expect([dueOf(effects, 'response'), dueOf(effects, 'resolution')]).toEqual([60, 200]);
    expect(dueOf(session.setPriority('urgent', dana, null, T0 + 52 * MINUTE), 'response')).toBe(60);
    expect(session.state.clocks.response).toMatchObject({ warnedAt: T0 + 45 * MINUTE, breachedAt: null });
    session.endByEndUser('olivia', T0 + 53 * MINUTE);
    expect(session.setSla(promised(5, 2), dana, T0 + 54 * MINUTE)).toEqual([]);
  });

  it('F080 wakes a handful of times in 90 days of waiting, and never while its clocks stand still', () => {
    const session = opened();
    let wakes = 0;
    for (let due = session.nextWake(); due !== null && due <= T0 + 90 * 24 * 60 * MINUTE; due = session.nextWake()) {
      session.wake(due);
      wakes += 1;
    }
    expect(wakes).toBe(4);
    const paused = opened();
    for (const clock of Object.values(paused.state.clocks)) clock.pauses = [{ from: T0, until: null }];
    expect(paused.nextWake()).toBeNull();
  });

  const pausing = (pauseWhile: ('approval' | 'client')[]) => {
    const session = active();
    session.setSla({ ...DEFAULT_SLA, pauseWhile, versions: { organisation: 1, client_group: 0, client: 0 } }, dana, T0);
    return session;
  };

  it('U51 stands still while the client is waited for, where the policy says so, and goes on after', () => {
    const session = pausing(['client']);
    const due = () => session.nextWake();
    const before = due();
    const held = session.hold(true, dana, 'they call back', T0 + 10 * MINUTE);
    expect(did(held)).toEqual(['hold', 'sla_pause']);
    expect(the(held, 'sla_pause')).toMatchObject({ clocks: ['resolution'], paused: true, why: ['client'] });
    expect(due()).toBeNull();
    const goes = session.hold(false, dana, null, T0 + 40 * MINUTE);
    expect(the(goes, 'sla_pause')).toMatchObject({ clocks: ['resolution'], paused: false, why: [] });
    expect(due()).toBe(before! + 30 * MINUTE);
  });

  it('U51 stands still while somebody is asked, and not where no policy says so', () => {
    const session = pausing(['approval']);
    expect(did(session.propose(proposal('a'), T0 + 3 * MINUTE))).toEqual(['record_policy', 'ask', 'sla_pause']);
    expect(did(session.decide(answer('approval-a', 'hash-a'), T0 + 5 * MINUTE))).toEqual([
      'decide',
      'dispatch',
      'sla_pause',
    ]);
    expect(session.state.clocks.resolution?.pauses).toEqual([{ from: T0 + 3 * MINUTE, until: T0 + 5 * MINUTE }]);
    expect(did(active().hold(true, dana, null, T0))).toEqual(['hold']);
  });

  it('U51 shows a clock that stands still as it stood, and ends the pause with the session', () => {
    const session = pausing(['client']);
    const shown = (effects: Effect[]) => the(effects, 'project')?.clocks.resolution?.dueAt;
    const limit = T0 + DEFAULT_SLA.normal.resolution.breachMs;
    expect(shown(session.hold(true, dana, null, T0 + 5 * MINUTE))).toBe(limit);
    expect(shown(session.presence(false, T0 + 50 * MINUTE))).toBe(limit);
    session.complete('resolved', dana, 'n', [], 'x', T0 + 60 * MINUTE);
    expect(session.state.clocks.resolution).toMatchObject({
      metAt: T0 + 60 * MINUTE,
      pauses: [{ from: T0 + 5 * MINUTE, until: T0 + 60 * MINUTE }],
    });
  });

  it('an endpoint that comes and goes before the start is no entry', () => {
    expect(did(opened().presence(false, T0))).toEqual([]);
    const session = active();
    expect(did(session.presence(false, T0))).toEqual(['presence']);
    expect(session.presence(false, T0)).toEqual([]);
  });
});

/** One step a person, an endpoint or time can take; ids from few, so that steps meet each other. */
const commandIds = fc.constantFrom('c1', 'c2', 'c3');
const step = fc.oneof(
  fc.record({ name: fc.constant('start' as const) }),
  fc.record({ name: fc.constant('consent' as const), yes: fc.boolean(), right: fc.boolean() }),
  fc.record({
    name: fc.constant('propose' as const),
    id: commandIds,
    risk: fc.constantFrom<Risk>('read_only', 'change', 'destructive'),
    other: fc.boolean(),
    checked: fc.boolean(),
  }),
  fc.record({ name: fc.constant('answer' as const), id: commandIds, yes: fc.boolean(), right: fc.boolean() }),
  fc.record({ name: fc.constant('cancel' as const), id: commandIds }),
  fc.record({
    name: fc.constant('report' as const),
    id: commandIds,
    state: fc.constantFrom('accepted' as const, 'running' as const, 'finished' as const),
  }),
  fc.record({ name: fc.constant('wake' as const), after: fc.integer({ min: 0, max: 20 * MINUTE }) }),
  fc.constantFrom(
    { name: 'complete' as const },
    { name: 'end' as const },
    ...Array.from({ length: 8 }, () => ({ name: 'reload' as const })),
  ),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function take(session: SessionCase, one: Step, at: number): Effect[] {
  const checked = (check: () => void, then: () => Effect[]) => (code(check) === 'no failure' ? then() : []);
  switch (one.name) {
    case 'start':
      return checked(
        () => session.checkStart(sam),
        () => session.start(sam, 'consent', 'consent-hash', '', DEFAULT_POLICY, at),
      );
    case 'consent':
      return session.decide(answer('consent', one.right ? 'consent-hash' : 'no', one.yes ? 'approve' : 'deny'), at);
    case 'propose': {
      const wanted = proposal(one.id, one.risk, { otherIdentity: one.other, by: sam });
      // Also without the check that should come first.
      return one.checked
        ? checked(
            () => session.checkPropose(wanted),
            () => session.propose(wanted, at),
          )
        : session.propose(wanted, at);
    }
    case 'answer':
      return session.decide(
        answer(`approval-${one.id}`, one.right ? `hash-${one.id}` : 'no', one.yes ? 'approve' : 'deny'),
        at,
      );
    case 'cancel':
      return session.cancel(one.id, dana, at);
    case 'report':
      return session.report({ commandId: one.id, state: one.state }, at);
    case 'wake':
      return session.wake(at);
    case 'complete':
      return checked(
        () => session.checkComplete(sam),
        () => session.complete('resolved', system, 'n', [], null, at),
      );
    case 'end':
      return session.endByEndUser('olivia', at);
    case 'reload':
      return [];
  }
}

it('F044 F047 in whatever order things happen, nothing is sent without consent, a change without its own approval, or anything twice', () => {
  let dispatches = 0;
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 60, size: 'max' }), (consented, steps) => {
      // Half of the runs begin after the consent, or too few would get beyond it.
      let session = consented ? active() : opened();
      let at = T0;
      const risks = new Map<string, { risk: Risk; other: boolean }>();
      const approved = new Set<string>(consented ? ['consent'] : []);
      const sent = new Set<string>();
      for (const one of steps) {
        at += one.name === 'wake' ? one.after : 1_000;
        if (one.name === 'reload')
          session = new SessionCase(JSON.parse(JSON.stringify(session.state)) as SessionCase['state']);
        const wasOver = session.state.status === 'completed';
        for (const effect of take(session, one, at)) {
          if (effect.do === 'record_policy' && one.name === 'propose' && !risks.has(one.id))
            risks.set(one.id, { risk: one.risk, other: one.other });
          if (effect.do === 'decide' && effect.decision.decision === 'approve') approved.add(effect.approvalId);
          if (effect.do !== 'dispatch') continue;
          const { risk, other } = risks.get(effect.commandId) as { risk: Risk; other: boolean };
          expect(wasOver).toBe(false);
          expect(approved).toContain('consent');
          expect(effect.approvals[0]).toEqual({ id: 'consent', hash: 'consent-hash', kind: 'session' });
          if (risk !== 'read_only' || other) {
            expect(approved).toContain(`approval-${effect.commandId}`);
            expect(effect.approvals[1]).toMatchObject({
              id: `approval-${effect.commandId}`,
              hash: `hash-${effect.commandId}`,
            });
          } else expect(effect.approvals).toHaveLength(1);
          expect(sent).not.toContain(effect.commandId);
          sent.add(effect.commandId);
          dispatches += 1;
        }
        if (session.state.status === 'completed') expect(session.state.approvals).toEqual({});
      }
    }),
    { numRuns: 1_500 },
  );
  // A property of things that never happen would prove nothing.
  expect(dispatches).toBeGreaterThan(100);
}, 60_000);

describe('F051 a yes that covers more than its own command', () => {
  const place = { category: 'services' as const, folder: null, shell: 'bash' as const };
  const scope = { kind: 'category' as const, minutes: 60 as const, ...place, atMost: 'change' as const };
  const granted = () => {
    const session = active();
    session.propose(proposal('one', 'change', { place }), T0 + 3 * MINUTE);
    const yes = { ...answer('approval-one', 'hash-one'), decidedAt: T0 + 4 * MINUTE, scope };
    expect(did(session.decide(yes, T0 + 4 * MINUTE))).toEqual(['decide', 'dispatch']);
    return session;
  };

  it('F051 sends the second command of its kind and cites the yes, never later than the yes lasts', () => {
    const session = granted();
    const effects = session.propose(proposal('two', 'change', { place }), T0 + 60 * MINUTE);
    expect(did(effects)).toEqual(['record_policy', 'cite', 'dispatch']);
    expect(the(effects, 'cite')).toMatchObject({ approvalId: 'approval-one', until: T0 + 64 * MINUTE });
    expect(the(effects, 'dispatch')).toMatchObject({
      approvals: [{ kind: 'session' }, { id: 'approval-one', kind: 'action', hash: 'hash-one' }],
      notAfter: T0 + 64 * MINUTE,
    });
    expect(session.state.approvals).toEqual({});
  });

  it.each([
    ['after its time', {}, 64],
    ['of another category', { place: { ...place, category: 'printers' as const } }, 5],
    ['of a worse class', { risk: 'destructive' as const }, 5],
    ['of no category', { place: undefined }, 5],
    ['under another account', { otherIdentity: true }, 5],
  ])('F051 asks again for one %s', (_, changes, minute) => {
    const { place: own, ...more } = { place, ...changes };
    const next = proposal('two', 'change', { ...(own === undefined ? {} : { place: own }), ...more });
    expect(did(granted().propose(next, T0 + minute * MINUTE))).toEqual(['record_policy', 'ask']);
  });

  it('F051 covers exactly the same words again and nothing else, where the yes was for them', () => {
    const session = active();
    session.propose(proposal('one'), T0 + 3 * MINUTE);
    session.decide({ ...answer('approval-one', 'hash-one'), scope: { kind: 'exact', minutes: 15 } }, T0 + 4 * MINUTE);
    expect(did(session.propose(proposal('two', 'change', { hash: 'hash-one' }), T0 + 5 * MINUTE))).toContain('cite');
    expect(did(session.propose(proposal('three', 'change', { hash: 'hash-onf' }), T0 + 5 * MINUTE))).toContain('ask');
  });

  it('F050 F051 a yes to another identity never covers a second command', () => {
    const session = active();
    session.propose(proposal('one', 'change', { otherIdentity: true }), T0 + 3 * MINUTE);
    session.decide({ ...answer('approval-one', 'hash-one'), scope: { kind: 'exact', minutes: 15 } }, T0 + 4 * MINUTE);
    expect(session.state.grants).toBeUndefined();
  });

  it('F051 U32 asks again from the moment that word of its end comes, and what runs goes on', () => {
    const session = granted();
    session.propose(proposal('two', 'change', { place }), T0 + 5 * MINUTE);
    const end = { approvalId: 'approval-one', account: 'olivia', endedAt: T0 + 6 * MINUTE, signature: 's' };
    expect(session.endScope(end, T0 + 6 * MINUTE)).toEqual([{ do: 'end_scope', ...end, at: T0 + 6 * MINUTE }]);
    expect(session.endScope(end, T0 + 7 * MINUTE)).toEqual([]);
    expect(did(session.propose(proposal('three', 'change', { place }), T0 + 8 * MINUTE))).toContain('ask');
    expect(Object.keys(session.state.commands)).toEqual(expect.arrayContaining(['one', 'two']));
    expect(session.state.status).toBe('active');
  });

  it('F051 covers nothing more where word of its end overtook the yes itself', () => {
    const session = active();
    session.propose(proposal('one', 'change', { place }), T0 + 3 * MINUTE);
    session.endScope({ approvalId: 'approval-one', account: 'olivia', endedAt: T0, signature: 's' }, T0 + 4 * MINUTE);
    session.decide({ ...answer('approval-one', 'hash-one'), scope }, T0 + 5 * MINUTE);
    expect(did(session.propose(proposal('two', 'change', { place }), T0 + 6 * MINUTE))).toContain('ask');
  });

  it('F051 a no covers nothing, whatever scope it names', () => {
    const session = active();
    session.propose(proposal('one', 'change', { place }), T0 + 3 * MINUTE);
    session.decide({ ...answer('approval-one', 'hash-one', 'deny'), scope }, T0 + 4 * MINUTE);
    expect(session.state.grants).toBeUndefined();
  });
});
