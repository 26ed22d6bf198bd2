import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router';
import { readViewer, viewer } from './features/signin/use-viewer.ts';
import { askSessionAhead } from './features/session/session-query.ts';
import { homeOf } from './features/shell/home.ts';
import { bootFailure } from './features/shell/boot.ts';
import { whenSignedOut } from './graphql/client.ts';

declare module 'vue-router' {
  interface RouteMeta {
    title?: string;
    /** Needs no sign-in and has no shell around it. */
    open?: boolean;
    /** The narrow navigation of the session page. */
    slim?: boolean;
    /** Asks for what the page will show, while its program comes. */
    askAhead?: (to: RouteLocationNormalized) => void;
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: () => import('./features/board/BoardPage.vue') },
  {
    path: '/sign-in',
    component: () => import('./features/signin/SignInPage.vue'),
    meta: { title: 'Sign in', open: true },
  },
  {
    path: '/setup/:token',
    component: () => import('./features/signin/SetupPage.vue'),
    meta: { title: 'Set up', open: true },
  },
  {
    path: '/approver/register/:token',
    component: () => import('./features/approver/RegisterPage.vue'),
    meta: { title: 'Become an approver', open: true },
  },
  {
    path: '/approver/:token',
    component: () => import('./features/approver/ApproverPage.vue'),
    meta: { title: 'Approvals', open: true },
  },
  {
    path: '/answer',
    component: () => import('./features/approval-link/LinkPage.vue'),
    meta: { title: 'A question to you', open: true },
  },
  {
    path: '/snapshots/:token',
    component: () => import('./features/snapshot/SharedPage.vue'),
    meta: { title: 'Snapshot', open: true },
  },
  { path: '/board', component: () => import('./features/board/BoardPage.vue'), meta: { title: 'Board' } },
  { path: '/queue', component: () => import('./features/queue/QueuePage.vue'), meta: { title: 'Queue' } },
  {
    path: '/review-queue',
    component: () => import('./features/flags/ReviewQueuePage.vue'),
    meta: { title: 'Review queue' },
  },
  {
    path: '/incidents',
    component: () => import('./features/incidents/IncidentListPage.vue'),
    meta: { title: 'Incidents' },
  },
  {
    path: '/incidents/:id',
    component: () => import('./features/incidents/IncidentPage.vue'),
    meta: { title: 'Incident' },
  },
  {
    path: '/s/:number(\\d{1,9})',
    component: () => import('./features/session/SessionPage.vue'),
    meta: { title: 'Session', slim: true, askAhead: (to) => askSessionAhead(Number(to.params['number'])) },
  },
  {
    path: '/s/:number(\\d{1,9})/snapshots/:id',
    component: () => import('./features/snapshot/SnapshotPage.vue'),
    meta: { title: 'Snapshot', slim: true },
  },
  { path: '/sessions', component: () => import('./features/session/SessionListPage.vue'), meta: { title: 'Sessions' } },
  {
    path: '/endpoints',
    component: () => import('./features/endpoints/EndpointListPage.vue'),
    meta: { title: 'Endpoints' },
  },
  {
    path: '/endpoints/:id',
    component: () => import('./features/endpoints/EndpointPage.vue'),
    meta: { title: 'Endpoint' },
  },
  {
    path: '/enroll',
    component: () => import('./features/endpoints/EnrollPage.vue'),
    meta: { title: 'Enrol an endpoint' },
  },
  { path: '/search', component: () => import('./features/search/SearchPage.vue'), meta: { title: 'Search' } },
  { path: '/triage', component: () => import('./features/triage/TriagePage.vue'), meta: { title: 'Triage' } },
  {
    path: '/settings',
    component: () => import('./features/settings/SettingsPage.vue'),
    redirect: '/settings/clients',
    children: [
      { path: 'clients', component: () => import('./features/settings/ClientsPanel.vue'), meta: { title: 'Clients' } },
      { path: 'policy', component: () => import('./features/settings/PolicyPanel.vue'), meta: { title: 'Policy' } },
      {
        path: 'approvers',
        component: () => import('./features/settings/ApproversPanel.vue'),
        meta: { title: 'Approvers' },
      },
      {
        path: 'checklists',
        component: () => import('./features/review/ChecklistPanel.vue'),
        meta: { title: 'Checklists' },
      },
      { path: 'sla', component: () => import('./features/settings/SlaPanel.vue'), meta: { title: 'SLA' } },
      { path: 'people', component: () => import('./features/settings/PeoplePanel.vue'), meta: { title: 'People' } },
      { path: 'rights', component: () => import('./features/settings/RightsPanel.vue'), meta: { title: 'Rights' } },
      {
        path: 'sign-on',
        component: () => import('./features/settings/SsoPanel.vue'),
        meta: { title: 'Single sign-on' },
      },
      { path: 'psa', component: () => import('./features/settings/PsaPanel.vue'), meta: { title: 'PSA connections' } },
      {
        path: 'webhooks',
        component: () => import('./features/settings/WebhooksPanel.vue'),
        meta: { title: 'Webhooks' },
      },
    ],
  },
  { path: '/account', component: () => import('./features/account/AccountPage.vue'), meta: { title: 'Your account' } },
  { path: '/reports', redirect: '/reports/sla' },
  {
    path: '/reports/sla',
    component: () => import('./features/reports/SlaReportPage.vue'),
    meta: { title: 'SLA report' },
  },
  { path: '/audit', component: () => import('./features/audit/AuditPage.vue'), meta: { title: 'Audit' } },
  { path: '/health', component: () => import('./features/health/HealthPage.vue'), meta: { title: 'Health' } },
  { path: '/:rest(.*)*', component: () => import('./features/shell/NotFoundPage.vue'), meta: { title: 'Not found' } },
];

/** Lazy pages behind a sign-in check; the place asked for survives the sign-in. */
export function createAppRouter() {
  const router = createRouter({ history: createWebHistory(), routes });

  router.beforeEach(async (to) => {
    if (to.meta.open) return true;
    fetchPage(to);
    // Only as the app opens: within it the answer would come before the page asks for it anyway.
    if (viewer.value === null) to.meta.askAhead?.(to);
    try {
      if (viewer.value === null && (await readViewer()) === null) return signIn(to);
      bootFailure.value = null;
      return to.name === 'home' ? await homeOf() : true;
    } catch (error) {
      // The page stays where the person wanted to go and offers to try again.
      bootFailure.value = error instanceof Error ? error : new Error(String(error));
      return true;
    }
  });
  router.afterEach((to) => {
    document.title = `${to.meta.title ?? 'Throughline'} · Throughline`;
  });
  whenSignedOut(() => {
    const here = router.currentRoute.value;
    // While the app opens nobody is known to be signed in yet, and the guard above decides where to go.
    if (here.meta.open || viewer.value === null) return;
    viewer.value = null;
    void router.push(signIn(here));
  });
  return router;
}

/** The page's program comes while the server is asked who this is, not after that. What fails here fails again, and is told, where it is awaited. */
function fetchPage(to: RouteLocationNormalized): void {
  for (const { components } of to.matched) {
    const page = components?.['default'];
    if (typeof page === 'function') void (page as () => Promise<unknown>)().catch(() => undefined);
  }
}

const signIn = (to: RouteLocationNormalized) => ({
  path: '/sign-in',
  query: to.fullPath === '/' ? {} : { next: to.fullPath },
});
