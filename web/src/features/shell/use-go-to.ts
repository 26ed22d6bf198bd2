import { watchDebounced } from '@vueuse/core';
import { useClientHandle } from '@urql/vue';
import { computed, type Ref, shallowRef } from 'vue';
import { GoToDocument, GoToNumberDocument, type GoToNumberQuery, type GoToQuery } from '../../graphql/generated/operations.ts';
import { failureOf } from '../../lib/failure.ts';
import { pages } from './pages.ts';

type Endpoint = GoToQuery['endpoints']['edges'][number]['node'];

/** What the palette finds while somebody types. */
export function useGoTo(text: Ref<string>, open: Ref<boolean>) {
  const { client } = useClientHandle();
  const endpointHits = shallowRef<Endpoint[]>([]);
  const sessionHit = shallowRef<GoToNumberQuery['sessionByNumber']>(null);
  const searching = shallowRef(false);
  const failed = shallowRef('');
  const wanted = computed(() => text.value.trim());
  const pageHits = computed(() => pages.value.filter((p) => p.text.toLowerCase().includes(wanted.value.toLowerCase())));

  async function look(query: string): Promise<void> {
    searching.value = true;
    const number = /^#?\d{1,9}$/.test(query) ? Number(query.replace('#', '')) : null;
    const [endpoints, session] = await Promise.all([
      client.query(GoToDocument, { search: query }, { requestPolicy: 'network-only' }).toPromise(),
      number === null ? null : client.query(GoToNumberDocument, { number }).toPromise(),
    ]);
    if (query !== wanted.value) return;
    endpointHits.value = endpoints.data?.endpoints.edges.map((e) => e.node) ?? [];
    sessionHit.value = session?.data?.sessionByNumber ?? null;
    failed.value = endpoints.error ? failureOf(endpoints.error).message : '';
    searching.value = false;
  }

  watchDebounced([wanted, open], () => open.value && void look(wanted.value), { debounce: 150 });
  return { pageHits, endpointHits, sessionHit, searching, failed };
}
