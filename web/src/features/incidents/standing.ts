import type { SessionStatus } from '../../graphql/generated/operations.ts';

const words: [SessionStatus, string][] = [
  ['unstarted', 'not started'],
  ['pending_approval', 'pending approval'],
  ['active', 'active'],
  ['completed', 'completed'],
];

/** `1 active, 2 completed`: how the sessions of an incident stand. */
export function standingOf(sessions: readonly { status: SessionStatus }[]): string {
  const parts = words.flatMap(([status, word]) => {
    const count = sessions.filter((session) => session.status === status).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return parts.length === 0 ? 'none' : parts.join(', ');
}
