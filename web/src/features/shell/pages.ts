import { computed } from 'vue';
import { mayDo, viewerRole } from '../signin/use-viewer.ts';

/** A page of the navigation, the palette and the keys sheet. `key` comes after G. */
export interface PageLink {
  to: string;
  text: string;
  icon: string;
  key: string;
  group: 1 | 2 | 3;
}

const works = () => viewerRole.value === 'technician' || viewerRole.value === 'senior';

/** Only pages this person can use. */
export const pages = computed<PageLink[]>(() => {
  const all: (PageLink & { show: boolean })[] = [
    { to: '/board', text: 'Board', icon: 'i-board', key: 'd', group: 1, show: true },
    { to: '/queue', text: 'Queue', icon: 'i-queue', key: 'q', group: 1, show: works() },
    { to: '/review-queue', text: 'Review queue', icon: 'i-flag', key: 'v', group: 1, show: mayDo('flag.queue') },
    {
      to: '/triage',
      text: 'Triage',
      icon: 'i-triage',
      key: 't',
      group: 1,
      show: mayDo('session.assign') || mayDo('settings.write'),
    },
    { to: '/incidents', text: 'Incidents', icon: 'i-incident', key: 'i', group: 1, show: true },
    { to: '/sessions', text: 'Sessions', icon: 'i-sessions', key: 's', group: 1, show: true },
    { to: '/endpoints', text: 'Endpoints', icon: 'i-device', key: 'e', group: 1, show: true },
    { to: '/search', text: 'Search', icon: 'i-search', key: 'f', group: 2, show: mayDo('transcript.search') },
    { to: '/reports/sla', text: 'Reports', icon: 'i-report', key: 'r', group: 2, show: mayDo('report.read') },
    { to: '/audit', text: 'Audit', icon: 'i-file', key: 'a', group: 2, show: mayDo('audit.read') },
    { to: '/settings', text: 'Settings', icon: 'i-settings', key: ',', group: 3, show: mayDo('settings.write') },
    { to: '/health', text: 'Health', icon: 'i-health', key: 'h', group: 3, show: true },
  ];
  return all.filter((page) => page.show);
});
