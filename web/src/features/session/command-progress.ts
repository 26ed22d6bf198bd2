import type { CommandFieldsFragment } from '../../graphql/generated/operations.ts';

/** How far along its life a command is; a command never goes back. */
const STEPS = ['proposed', 'waiting_approval', 'queued', 'dispatched', 'running', 'outcome_unknown'];
const stepOf = (state: string): number => {
  const step = STEPS.indexOf(state);
  return step === -1 ? STEPS.length : step;
};

/**
 * Takes news of a command unless what is known is further along. The answer to a mutation may arrive after the live event that tells
 * of the command's end: without this, a finished command would go on saying "Sent".
 */
export function takeNews(known: Map<string, CommandFieldsFragment>, news: CommandFieldsFragment): void {
  const old = known.get(news.id);
  if (old === undefined || stepOf(news.state) >= stepOf(old.state)) known.set(news.id, news);
}
