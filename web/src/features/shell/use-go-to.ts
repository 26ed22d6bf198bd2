import { watchDebounced } from '@vueuse/core';
import { useClientHandle } from '@urql/vue';
import { computed, type Ref, shallowRef } from 'vue';
import { useRoute } from 'vue-router';
import {
  GoToDocument,
  GoToNumberDocument,
  type GoToNumberQuery,
  type GoToQuery,
} from '../../graphql/generated/operations.ts';
import { failureOf } from '../../lib/failure.ts';
import { useShare } from '../snapshot/use-share.ts';
import { pages } from './pages.ts';

type Endpoint = GoToQuery['endpoints']['edges'][number]['node'];

/** A place the palette can go to. */
export interface GoToHit {
  to: string;
  /** What is done instead of going there; false: it failed, and `failed` says why. */
  act?: () => Promise<boolean>;
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
  const typed = shallowRef(false);
  const { share, refused } = useShare();
  const here = useSessionHere();
  const searching = shallowRef(false);
  const failed = shallowRef('');
  const wanted = computed(() => text.value.trim());

  const sharing = computed<GoToHit | null>(() => {
    const s = session.value;
    if (!s || !s.can.shareSnapshot || !(typed.value || SHARE.includes(wanted.value.toLowerCase()))) return null;
    const words = { text: `Share snapshot of ${s.number}`, hint: s.title, icon: 'i-link', mono: false };
    return { to: `/s/${s.number}/snapshots`, act: () => share(s), ...words };
  });
  const hits = computed<GoToHit[]>(() => {
    const found: GoToHit[] = [];
    const s = session.value;
    if (s && typed.value)
      found.push({
        to: `/s/${s.number}`,
        icon: 'i-sessions',
        text: `${s.number} ${s.title}`,
        hint: s.endpoint.name,
        mono: false,
      });
    if (sharing.value && wanted.value !== '') found.push(sharing.value);
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
    // Last where nothing is typed: Enter alone makes nothing.
    if (sharing.value && wanted.value === '') found.push(sharing.value);
    return found.filter((hit, n) => found.findIndex((h) => h.to === hit.to) === n);
  });

  async function look(query: string): Promise<void> {
    searching.value = true;
    const asked = /^#?\d{1,9}$/.test(query) ? Number(query.replace('#', '')) : null;
    const number = asked ?? here();
    const [list, one] = await Promise.all([
      client.query(GoToDocument, { search: query }, { requestPolicy: 'network-only' }).toPromise(),
      number === null
        ? null
        : client.query(GoToNumberDocument, { number }, { requestPolicy: 'network-only' }).toPromise(),
    ]);
    if (query !== wanted.value) return;
    endpoints.value = list.data?.endpoints.edges.map((e) => e.node) ?? [];
    session.value = one?.data?.sessionByNumber ?? null;
    typed.value = asked !== null;
    failed.value = list.error ? `Devices could not be looked up: ${failureOf(list.error).message}` : '';
    searching.value = false;
  }

  watchDebounced([wanted, open], () => open.value && void look(wanted.value), { debounce: 150 });
  const problem = computed(() => refused.value?.message ?? failed.value);
  return { hits, searching, failed: problem };
}

const SHARE = 'share snapshot';

/** The session that this page is about, or the board's drawer shows. */
function useSessionHere(): () => number | null {
  const route = useRoute();
  return () => {
    const text = route.params['number'] ?? route.query['open'];
    return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : null;
  };
}
