import type { EntryPayload } from '@throughline/domain/entry';
import type { OperationResult } from '@urql/core';
import { useClientHandle } from '@urql/vue';
import { computed, onScopeDispose, type Ref, shallowReactive, shallowRef, watch } from 'vue';
import {
  type CommandFieldsFragment,
  type EntryFieldsFragment,
  type EntryPageFragment,
  SessionEntriesDocument,
  type SessionEntriesQuery,
  SessionEventsDocument,
  type SessionEventsSubscription,
  type SessionFieldsFragment,
  type SessionPageQuery,
} from '../../graphql/generated/operations.ts';
import { askInPassing } from '../../lib/ask-in-passing.ts';
import { type Failure, failureOf } from '../../lib/failure.ts';
import { useLive } from '../../lib/use-live.ts';
import { takeNews } from './command-progress.ts';
import { ENTRIES_A_PAGE, askSession } from './session-query.ts';
import { timelineOf } from './timeline.ts';

export type SessionData = Omit<NonNullable<SessionPageQuery['sessionByNumber']>, 'entries'>;

/** Somebody who has the session open. */
export type Watcher = SessionEventsSubscription['sessionEvents']['watchers'][number];

/** One session with its entries and commands, read once and then followed live. Entries are taken once each, by `seq`. */
export function useSession(number: Ref<number>) {
  const { client } = useClientHandle();
  const session = shallowRef<SessionData | null>(null);
  const commands = shallowReactive(new Map<string, CommandFieldsFragment>());
  const entries = shallowRef<EntryFieldsFragment[]>([]);
  const seqs = new Set<number>();
  const state = shallowRef<'loading' | 'ready' | 'missing' | 'failed'>('loading');
  const problem = shallowRef<Failure | null>(null);
  const complete = shallowRef(false);
  const watchers = shallowRef<Watcher[]>([]);
  let turn = 0;
  let next: string | null = null;

  const lastSeq = () => entries.value.at(-1)?.seq ?? 0;

  function addEntries(list: readonly EntryFieldsFragment[]): void {
    const fresh = list.filter((e) => !seqs.has(e.seq));
    if (fresh.length === 0) return;
    for (const entry of fresh) seqs.add(entry.seq);
    const inOrder = (fresh[0]?.seq ?? 0) > lastSeq();
    // A new list: what is passed on to the panels changes for them only with its identity.
    const all = [...entries.value, ...fresh];
    const facts = fresh.findLast((e) => e.kind === 'endpoint_facts');
    // What the computer is like now counts for the next command, so the page's own copy follows the record.
    if (facts && complete.value) takeFacts(facts.payload as EntryPayload<'endpoint_facts'>);
    entries.value = inOrder ? all : all.sort((a, b) => a.seq - b.seq);
  }

  function takeFacts({ facts }: EntryPayload<'endpoint_facts'>): void {
    const old = session.value;
    if (old) session.value = { ...old, endpoint: { ...old.endpoint, facts, shells: facts.shells } };
  }

  /** The event carries the session's changing fields; what only the page asked for (contact, facts, shells) stays. */
  function mergeSession(next: SessionFieldsFragment): void {
    const old = session.value;
    if (old)
      session.value = {
        ...old,
        ...next,
        can: { ...old.can, ...next.can },
        client: { ...old.client, ...next.client },
        endpoint: { ...old.endpoint, ...next.endpoint },
      };
  }

  const { live, connect, disconnect } = useLive(
    SessionEventsDocument,
    ({ sessionEvents: event }) => {
      mergeSession(event.session);
      watchers.value = event.watchers;
      if (event.command) takeNews(commands, event.command);
      if (event.entry) addEntries([event.entry]);
    },
    {
      variables: () => (session.value ? { sessionId: session.value.id, after: lastSeq() } : null),
      // Entries come again by `after`; states that changed without an entry are read anew.
      onResume: () => void readSession(false),
    },
  );

  async function readSession(withEntries: boolean): Promise<boolean> {
    const mine = turn;
    const result = await askSession(client, number.value, withEntries);
    if (mine !== turn) return false;
    const found = result.data?.sessionByNumber ?? null;
    if (found === null) {
      problem.value = result.error ? failureOf(result.error) : null;
      // Null with a failure says nothing of the session: it could not be read.
      const missing = problem.value === null || problem.value.code === 'NOT_FOUND';
      if (missing || session.value === null) state.value = missing ? 'missing' : 'failed';
      return false;
    }
    const { entries: page, ...read } = found;
    session.value = read;
    if (page) takeEntries(page);
    for (const command of session.value.commands) takeNews(commands, command);
    problem.value = null;
    return true;
  }

  /** Takes a page of the record; what comes behind it is asked with its cursor, null at the end. */
  function takeEntries(page: EntryPageFragment): void {
    addEntries(page.edges.map((e) => e.node));
    state.value = 'ready';
    next = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  }

  async function readMoreEntries(): Promise<void> {
    const mine = turn;
    while (next !== null) {
      const id = session.value?.id;
      if (!id) return;
      const result: OperationResult<SessionEntriesQuery> = await askInPassing(client, SessionEntriesDocument, {
        id,
        first: ENTRIES_A_PAGE,
        after: next,
      });
      if (mine !== turn) return;
      const page = result.data?.session?.entries;
      if (!page) {
        problem.value = result.error ? failureOf(result.error) : null;
        return;
      }
      takeEntries(page);
    }
    complete.value = true;
  }

  async function load(): Promise<void> {
    turn++;
    disconnect();
    session.value = null;
    commands.clear();
    entries.value = [];
    seqs.clear();
    complete.value = false;
    watchers.value = [];
    state.value = 'loading';
    if (!(await readSession(true))) return;
    await readMoreEntries();
    if (complete.value) void connect();
  }

  watch(number, load, { immediate: true });
  onScopeDispose(() => turn++);

  const commandList = computed(() => [...commands.values()]);
  const items = computed(() => timelineOf(entries.value, commandList.value));
  const takeCommand = (command: CommandFieldsFragment) => takeNews(commands, command);

  return {
    session,
    commands: commandList,
    entries,
    items,
    state,
    problem,
    complete,
    /** Nobody is known to be there while the stream is down. */
    watchers: computed(() => (live.value ? watchers.value : [])),
    live,
    load,
    addEntries,
    takeCommand,
  };
}
