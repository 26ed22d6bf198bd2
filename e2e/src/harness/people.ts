import type { Browser, Page } from 'playwright-core';
import { type Window, openWindow } from './browser.ts';
import { type Desk, deskOf } from './desk.ts';
import { createClientHttp } from './http.ts';

export const PASSWORD = 'correct horse battery';

/** The people of the tests, by role. */
export const STAFF = {
  dana: { name: 'Dana Ruiz', email: 'dana@northgate.example', role: 'dispatcher' },
  jun: { name: 'Jun Park', email: 'jun@northgate.example', role: 'technician' },
  sam: { name: 'Sam Whitfield', email: 'sam@northgate.example', role: 'senior' },
  mona: { name: 'Mona Said', email: 'mona@northgate.example', role: 'manager' },
} as const;
export type StaffName = keyof typeof STAFF;

/** A person with a browser window, and the same sign-in for direct calls to the api. */
export interface Person extends Window {
  desk: Desk;
}

/** Sets the password over the one-time link, in the browser. */
export async function firstSignIn(
  browser: Browser,
  setupUrl: string,
  fill?: (page: Page) => Promise<void>,
): Promise<Person> {
  const window = await openWindow(browser);
  await window.page.goto(setupUrl);
  await fill?.(window.page);
  await window.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await window.page.getByRole('button', { name: 'Save and sign in' }).click();
  await window.page.waitForURL((url) => !url.pathname.startsWith('/setup'));
  return { ...window, desk: await deskOfWindow(window) };
}

/** The api as this browser window is signed in to it. */
export async function deskOfWindow(window: Window): Promise<Desk> {
  const http = createClientHttp(new URL(window.page.url()).origin, await window.context.cookies());
  return deskOf(http);
}
