import { askSessionAhead } from './features/session/session-query.ts';
import { askViewerAhead } from './features/signin/use-viewer.ts';

/*
 * The first of the app's modules to run: where a session's address is opened (a link in a chat, a new tab), the server is asked who this is
 * and for the session, and the page's program comes, while the rest of the app is still being read. The router then finds it under way.
 */
const opened = /^\/s\/(\d{1,9})$/.exec(globalThis.location.pathname)?.[1];
if (opened !== undefined) {
  askViewerAhead();
  askSessionAhead(Number(opened), Number(/^#e(\d{1,9})$/.exec(globalThis.location.hash)?.[1] ?? NaN));
  void import('./features/session/SessionPage.vue').catch(() => undefined); // It fails again, and is told, where the router waits for it.
  // The questions leave when the script pauses; without this it would be when all of the app has been read.
  // Not a timer: a browser lets those of a tab in the background wait for a second.
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
