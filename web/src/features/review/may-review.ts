import type { SessionRowFragment } from '../../graphql/generated/operations.ts';
import { mayDo, viewer } from '../signin/use-viewer.ts';

/** Whether this person may hold a session against a checklist: it is over, and nobody reviews work of their own. */
export const mayReview = (session: SessionRowFragment): boolean =>
  session.status === 'completed' && mayDo('session.assign') && session.assignee?.id !== viewer.value?.user.id;
