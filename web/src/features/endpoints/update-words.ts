import type { EndpointDetailQuery, UpdateState } from '../../graphql/generated/operations.ts';

type Update = NonNullable<NonNullable<EndpointDetailQuery['endpoint']>['update']>;

/** Each state: its word, what it means, and the tag's colour. Null: nothing to show. */
const WORDS: Record<
  UpdateState,
  { word: string; says: (update: Update) => string; tag: '' | 'wait' | 'bad' | 'ok' } | null
> = {
  offered: { word: 'offered', says: () => 'It begins when it is connected and no command runs or waits.', tag: '' },
  fetching: { word: 'updating', says: () => 'The program is being fetched.', tag: 'wait' },
  checked: {
    word: 'updating',
    says: () => 'Fetched and checked. It changes over when no command runs or waits.',
    tag: 'wait',
  },
  switched: {
    word: 'updating',
    says: () => 'The new version starts. Unless it connects within ten minutes, the one before comes back.',
    tag: 'wait',
  },
  rolled_back: {
    word: 'rolled back',
    says: ({ fromVersion, reason }) => `${fromVersion} is back: ${reason}`,
    tag: 'bad',
  },
  refused: { word: 'refused', says: ({ reason }) => reason, tag: 'bad' },
  updated: { word: 'up to date', says: ({ fromVersion }) => `Updated from ${fromVersion}.`, tag: 'ok' },
  withdrawn: null,
};

/** What the endpoint's page says of its last update. */
export function updateWords(update: Update | null) {
  const words = update && WORDS[update.state];
  return words ? { word: words.word, says: words.says(update), tag: words.tag } : null;
}
