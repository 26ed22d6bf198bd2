import { watchDebounced } from '@vueuse/core';
import { useClientHandle } from '@urql/vue';
import { computed, type Ref, shallowRef } from 'vue';
import {
  GoToDocument,
  GoToNumberDocument,
  type GoToNumberQuery,
  type GoToQuery,
} from '../../graphql/generated/operations.ts';
import { failureOf } from '../../lib/failure.ts';
import { pages } from './pages.ts';

type Endpoint = GoToQuery['endpoints']['edges'][number]['node'];

/** A place the palette can go to. */
export interface GoToHit {
  to: string;
  icon: string;
  text: string;
  hint: string;
  mono: boolean;
  online?: boolean;
}

/** What the palette finds while somebody types: the session of a number first, then endpoints, then pages. */
export function useGoTo(text: Ref<string>, open: Ref<boolean>) {
  const { client } = useClientHandle();
  const endpoints = shallowRef<Endpoint[]>([]);
  const session = shallowRef<GoToNumberQuery['sessionByNumber']>(null);
  const searching = shallowRef(false);
  const failed = shallowRef('');
  const wanted = computed(() => text.value.trim());

  const hits = computed<GoToHit[]>(() => {
    const found: GoToHit[] = [];
    const s = session.value;
    if (s)
      found.push({
        to: `/s/${s.number}`,
        icon: 'i-sessions',
        text: `${s.number} ${s.title}`,
        hint: s.endpoint.name,
        mono: false,
      });
    for (const page of pages.value)
      if (wanted.value !== '' && page.text.toLowerCase().startsWith(wanted.value.toLowerCase()))
        found.push({ to: page.to, icon: page.icon, text: page.text, hint: 'page', mono: false });
    for (const e of endpoints.value) {
      const open = e.openSession;
      found.push({
        to: `/endpoints/${e.id}`,
        icon: 'i-device',
        text: e.name,
        hint: e.client.name,
        mono: true,
        online: e.online,
      });
      if (open)
        found.push({
          to: `/s/${open.number}`,
          icon: 'i-sessions',
          text: `${open.number} ${open.title}`,
          hint: e.name,
          mono: false,
        });
    }
    if (wanted.value === '')
      for (const page of pages.value)
        found.push({ to: page.to, icon: page.icon, text: page.text, hint: 'page', mono: false });
    return found.filter((hit, n) => found.findIndex((h) => h.to === hit.to) === n);
  });

  async function look(query: string): Promise<void> {
    searching.value = true;
    const number = /^#?\d{1,9}$/.test(query) ? Number(query.replace('#', '')) : null;
    const [list, one] = await Promise.all([
      client.query(GoToDocument, { search: query }, { requestPolicy: 'network-only' }).toPromise(),
      number === null
        ? null
        : client.query(GoToNumberDocument, { number }, { requestPolicy: 'network-only' }).toPromise(),
    ]);
    if (query !== wanted.value) return;
    endpoints.value = list.data?.endpoints.edges.map((e) => e.node) ?? [];
    session.value = one?.data?.sessionByNumber ?? null;
    failed.value = list.error ? failureOf(list.error).message : '';
    searching.value = false;
  }

  watchDebounced([wanted, open], () => open.value && void look(wanted.value), { debounce: 150 });
  return { hits, searching, failed };
}
