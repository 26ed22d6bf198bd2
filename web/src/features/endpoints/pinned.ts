import type { EndpointFacts } from '@throughline/domain/agent-protocol';
import { classList } from './class-words.ts';

export type Pinned = NonNullable<EndpointFacts['pinned']>;

/** Named approvers on an endpoint: what policy demands of it, and what it says it has pinned. */
export interface StrongMode {
  /** A policy demands strong mode. */
  demanded: boolean;
  /** The classes that a policy has an approver decide. */
  classes: readonly string[];
  /** Null: the computer has none pinned, or was never heard. */
  pinned: Pinned | null;
}
export interface PinnedEndpoint {
  strong: boolean;
  approverClasses: readonly string[];
  facts?: unknown;
}

export const strongModeOf = (endpoint: PinnedEndpoint): StrongMode => ({
  demanded: endpoint.strong,
  classes: endpoint.approverClasses,
  pinned: (endpoint.facts as Partial<EndpointFacts> | null | undefined)?.pinned ?? null,
});

/** Approvers decide about something there, or should. */
export const concernsApprovers = ({ demanded, classes, pinned }: StrongMode): boolean =>
  demanded || classes.length > 0 || pinned !== null;

/** What is not as it should be, as a sentence; null: nothing. */
export function strongFault({ demanded, classes, pinned }: StrongMode): string | null {
  if (pinned === null) {
    if (demanded)
      return 'No approvers are pinned on this computer yet: the person there decides about commands, and an approver’s answer does not count.';
    return classes.length === 0
      ? null
      : 'No approvers are pinned on this computer yet, so what needs an approver is refused here.';
  }
  if (pinned.approvers.length === 0)
    return pinned.classes === undefined
      ? 'Nobody is pinned on this computer, so no command can run.'
      : 'Nobody is pinned on this computer, so what needs an approver is refused here.';
  if (pinned.classes === undefined) return null;
  const own: readonly string[] = pinned.classes;
  if (demanded)
    return `A policy demands strong mode, and the computer itself has approvers decide only about: ${classList(own)}.`;
  const served = classes.filter((of) => !own.includes(of));
  return served.length === 0
    ? null
    : `For ${classList(served)} only the server holds to the approver: the computer’s own list does not name them.`;
}

/** Where only the computer's owner has an approver decide, and no policy does: the desk asks one all the same. Empty: nowhere. */
export function ownersOwnWords({ demanded, classes, pinned }: StrongMode): string {
  if (demanded || pinned === null || pinned.approvers.length === 0) return '';
  if (pinned.classes === undefined)
    return 'No policy demands that; it is its owner’s own rule, and the desk keeps to it.';
  const extra = pinned.classes.filter((of) => !classes.includes(of));
  return extra.length === 0
    ? ''
    : `For ${classList(extra)} no policy demands that; it is its owner’s own rule, and the desk keeps to it.`;
}

/** `2 approvers` */
export const countWords = ({ approvers }: Pinned): string =>
  approvers.length === 0 ? 'nobody' : `${approvers.length} ${approvers.length === 1 ? 'approver' : 'approvers'}`;
