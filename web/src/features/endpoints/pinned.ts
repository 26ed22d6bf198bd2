import type { EndpointFacts } from '@throughline/domain/agent-protocol';

export type Pinned = NonNullable<EndpointFacts['pinned']>;

/** An endpoint's strong mode: what policy demands of it, and what it says it has pinned. */
export interface StrongMode {
  /** A policy demands it. */
  demanded: boolean;
  /** Null: the computer has none pinned, or was never heard. */
  pinned: Pinned | null;
}

export const strongModeOf = (endpoint: { strong: boolean; facts?: unknown }): StrongMode => ({
  demanded: endpoint.strong,
  pinned: (endpoint.facts as Partial<EndpointFacts> | null | undefined)?.pinned ?? null,
});

/** What is not as it should be, as a sentence; null: nothing. */
export function strongFault({ demanded, pinned }: StrongMode): string | null {
  if (demanded && pinned === null)
    return 'No approvers are pinned on this computer yet: the person there decides about commands, and an approver’s answer does not count.';
  if (pinned?.approvers.length === 0) return 'Nobody is pinned on this computer, so no command can run.';
  return !demanded && pinned !== null
    ? 'No policy demands strong mode here, and the computer keeps to it all the same.'
    : null;
}

/** `2 approvers` */
export const countWords = ({ approvers }: Pinned): string =>
  approvers.length === 0 ? 'nobody' : `${approvers.length} ${approvers.length === 1 ? 'approver' : 'approvers'}`;
