import { useClientHandle } from '@urql/vue';
import { useDebounceFn } from '@vueuse/core';
import { computed, ref, shallowRef } from 'vue';
import {
  MarkNotificationsReadDocument,
  NotificationAddedDocument,
  type NotificationFieldsFragment,
  NotificationsDocument,
} from '../../graphql/generated/operations.ts';
import { useLive } from '../../lib/use-live.ts';
import { readViewer, viewer } from '../signin/use-viewer.ts';

const list = shallowRef<NotificationFieldsFragment[] | null>(null);
const unread = ref(0);
const failed = ref(false);

/** Opens the live stream of notifications. Called once, by the shell. */
export function useNotifications(): void {
  const { client } = useClientHandle();
  unread.value = viewer.value?.unreadNotifications ?? 0;

  async function read(): Promise<void> {
    const { data } = await client
      .query(NotificationsDocument, { first: 30 }, { requestPolicy: 'network-only' })
      .toPromise();
    failed.value = !data;
    if (data) list.value = data.notifications;
  }
  async function catchUp(): Promise<void> {
    const [now] = await Promise.all([readViewer(), read()]);
    if (now) unread.value = now.unreadNotifications;
  }
  /* Read in another window, perhaps beyond what this list holds: the server knows the number. Many at once are one question. */
  const countAgain = useDebounceFn(async () => {
    const now = await readViewer();
    if (now) unread.value = now.unreadNotifications;
  }, 100);
  const { connect } = useLive(
    NotificationAddedDocument,
    ({ notificationAdded: news }) => {
      const known = list.value?.some((n) => n.id === news.id) ?? false;
      if (known) list.value = list.value?.map((n) => (n.id === news.id ? news : n)) ?? null;
      else if (news.readAt === null) list.value = [news, ...(list.value ?? [])].slice(0, 100);
      if (news.readAt !== null) void countAgain();
      else if (!known) unread.value += 1;
    },
    { variables: () => ({}), onResume: () => void catchUp() },
  );
  void read();
  void connect();
}

/** The list, the unread count, and marking as read. */
export function useNotificationList() {
  const { client } = useClientHandle();
  async function markRead(ids: string[]): Promise<void> {
    const { data } = await client.mutation(MarkNotificationsReadDocument, { ids }).toPromise();
    const answer = data?.markNotificationsRead;
    if (answer?.__typename !== 'Viewer') return;
    const at = new Date().toISOString();
    list.value = list.value?.map((n) => (ids.includes(n.id) && n.readAt === null ? { ...n, readAt: at } : n)) ?? null;
    unread.value = answer.unreadNotifications;
  }
  const unreadIds = computed(() => list.value?.filter((n) => n.readAt === null).map((n) => n.id) ?? []);
  return { list, unread, failed, unreadIds, markRead };
}
