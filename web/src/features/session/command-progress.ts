import type { CommandFieldsFragment } from '../../graphql/generated/operations.ts';

/** How far along its life a command is; a command never goes back. */
const STEPS = ['proposed', 'waiting_approval', 'queued', 'dispatched', 'running', 'outcome_unknown'];
const stepOf = (state: string): number => {
  const step = STEPS.indexOf(state);
  return step === -1 ? STEPS.length : step;
};

/** What only ever grows while a command stays in one state: what was typed into it, and of how much of that the fate is known. */
function growthOf(command: CommandFieldsFragment): number[] {
  const told = command.inputs.filter(({ given }) => given !== null).length;
  return [command.inputs.length, told];
}

function isBehind(news: CommandFieldsFragment, old: CommandFieldsFragment): boolean {
  const step = stepOf(news.state) - stepOf(old.state);
  if (step !== 0) return step < 0;
  const known = growthOf(old);
  return growthOf(news).some((value, at) => value < (known[at] ?? 0));
}

/**
 * Takes news of a command unless what is known is further along. The answer to a mutation may arrive after the live event that tells
 * of what came next: without this, a finished command would go on saying "Sent", and an answer long given would stay "on its way".
 */
export function takeNews(known: Map<string, CommandFieldsFragment>, news: CommandFieldsFragment): void {
  const old = known.get(news.id);
  if (old === undefined || !isBehind(news, old)) known.set(news.id, news);
}
