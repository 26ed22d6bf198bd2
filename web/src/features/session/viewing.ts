import type { InjectionKey } from 'vue';
import type { SessionData } from './use-session.ts';

/** Given by a place that only shows a record and has the acts on its waiting request elsewhere: the request's block leaves them out. */
export const actsElsewhereKey: InjectionKey<boolean> = Symbol('acts elsewhere');

/** A session as somebody sees it who only reads its record: without what is the work of its technician. */
export const forReading = (session: SessionData): SessionData => ({
  ...session,
  can: { ...session.can, start: false, runCommand: false, cancelCommand: false, message: false },
});
