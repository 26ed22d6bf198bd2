import { cleanup, fireEvent, waitFor } from '@testing-library/vue';
import { defineComponent, h } from 'vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import { at, sampleRow } from '../../testing/samples.ts';
import IncidentPage from '../incidents/IncidentPage.vue';
import NotificationBell from '../notifications/NotificationBell.vue';
import { useNotifications } from '../notifications/use-notifications.ts';
import { viewer } from '../signin/use-viewer.ts';
import { useKeptBoard } from './session-place.ts';
import { entering } from './use-opened.ts';

/* Where a link to a session leads from other pages: for those who work at the board, beside it. */

const signIn = (role: string) => {
  viewer.value = {
    user: { id: 'U1', role },
    permissions: [],
    unreadNotifications: 1,
  } as unknown as typeof viewer.value;
};
const incident = {
  ...{ id: 'I', title: 'Printers fail', openedAt: at(0), closedAt: null, openedBy: { id: 'U1', name: 'Dana Ruiz' } },
  sessions: [sampleRow({ number: 2041, title: 'Printer 1' })],
};
const board = defineComponent({ setup: () => (useKeptBoard(), () => null) });
const bell = defineComponent({ setup: () => (useNotifications(), () => h(NotificationBell)) });
const note = { id: 'N', kind: 'sla', text: '2041 is near its limit', link: '/s/2041#e7', at: at(0), readAt: null };
const news = {
  kind: 'webhook',
  text: 'A webhook was switched off',
  link: '/settings/webhooks',
  at: at(0),
  readAt: at(1),
};
const Notifications = { notifications: [note, { id: 'M', ...news }] };
const MarkNotificationsRead = { markNotificationsRead: { __typename: 'Viewer', unreadNotifications: 0 } };

describe('links to a session', () => {
  beforeEach(() => vi.stubGlobal('fetch', () => new Promise(() => undefined)));
  afterEach(() => (cleanup(), vi.unstubAllGlobals(), (viewer.value = null), (entering.value = false)));

  it('U26 F022 an incident’s session is shown beside the board, with the filters the board had', async () => {
    signIn('dispatcher');
    await show(board, { path: '/board?q=ws&group=G&open=2000' });
    cleanup();
    const { findByRole, router } = await show(IncidentPage, {
      path: '/incidents/I',
      answers: { IncidentDetail: { incident } },
    });
    await fireEvent.click(await findByRole('link', { name: /2041\s*Printer 1/ }));
    await waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/board?q=ws&group=G&open=2041'));
    expect(entering.value).toBe(true);
  });

  it.each(['technician', 'senior', 'manager'])('F022 a %s is led to the session’s own page', async (role) => {
    signIn(role);
    const { findByRole } = await show(IncidentPage, {
      path: '/incidents/I',
      answers: { IncidentDetail: { incident } },
    });
    expect((await findByRole('link', { name: /2041\s*Printer 1/ })).getAttribute('href')).toBe('/s/2041');
  });

  it('F137 U26 a notification opens its session and entry beside the board as it stands, and other links are left alone', async () => {
    signIn('dispatcher');
    const view = await show(bell, { path: '/board?pending=1', answers: { Notifications, MarkNotificationsRead } });
    await fireEvent.click(view.getByRole('button', { name: /^Notifications/ }));
    const other = await view.findByRole('link', { name: /switched off/ });
    expect(other.getAttribute('href')).toBe('/settings/webhooks');
    await fireEvent.click(view.getByRole('link', { name: /near its limit/ }));
    await waitFor(() => expect(view.router.currentRoute.value.fullPath).toBe('/board?pending=1&open=2041#e7'));
    await waitFor(() => expect(view.asked.map(({ name }) => name)).toContain('MarkNotificationsRead'));
    await waitFor(() => expect(view.queryByRole('link', { name: /near its limit/ })).toBeNull());
  });

  it('F137 a technician’s notification leads to the session’s own page', async () => {
    signIn('technician');
    const view = await show(bell, { path: '/queue', answers: { Notifications, MarkNotificationsRead } });
    await fireEvent.click(view.getByRole('button', { name: /^Notifications/ }));
    await fireEvent.click(await view.findByRole('link', { name: /near its limit/ }));
    await waitFor(() => expect(view.router.currentRoute.value.fullPath).toBe('/s/2041#e7'));
    expect(entering.value).toBe(false);
  });
});
