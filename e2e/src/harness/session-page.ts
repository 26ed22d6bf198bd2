import { waitFor } from '@throughline/infra/testing/wait-for';
import type { Locator, Page } from 'playwright-core';

export interface Typed {
  reason?: string;
  /** The account's name; the runtime's own where left out. */
  runAs?: string;
  /** How long it may wait for an endpoint out of reach, as the page writes it. */
  wait?: string;
}

/** Types a command as a technician does, with its options, and returns its card. */
export async function typeCommand(page: Page, script: string, { reason, runAs, wait }: Typed = {}): Promise<Locator> {
  const cards = page.getByRole('article', { name: /^Command, entry \d+$/ });
  const before = await cards.count();
  await choose(page, /^Run as/, runAs === undefined ? 'the runtime’s account' : 'another account…');
  if (runAs !== undefined) await page.getByLabel('Account name').fill(runAs);
  if (wait !== undefined) await choose(page, /^Wait for it/, wait);
  await page.getByLabel('Command', { exact: true }).fill(script);
  if (reason !== undefined) await page.getByLabel(/Reason, shown to/).fill(reason);
  await page.getByRole('button', { name: reason === undefined ? /^Run (Ctrl|⌘)/ : /^Ask, then run/ }).click();
  await waitFor(`the card of ${script}`, async () => (await cards.count()) > before, 15_000);
  // By its entry: `last` would be another one soon.
  const name = (await cards.last().getAttribute('aria-label')) ?? '';
  return page.getByRole('article', { name, exact: true });
}

/** Takes a choice of one of the chips above the command. */
async function choose(page: Page, chip: RegExp, choice: string): Promise<void> {
  await page.getByRole('button', { name: chip }).click();
  await page.getByRole('menuitemradio', { name: choice }).click();
}

/** The number of the entry that a card stands for. */
export const entryOf = async (card: Locator): Promise<number> =>
  Number(/\d+/.exec((await card.getAttribute('aria-label')) ?? '')?.[0]);
