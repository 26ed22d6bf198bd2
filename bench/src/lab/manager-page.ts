import { openBrowser } from '@throughline/e2e/harness/browser';
import type { Page } from 'playwright-core';
import type { BenchContext } from '../result.ts';
import type { FilledHouse } from './filled-house.ts';

/** A page of the signed-in manager in Chromium, 1440 × 900. Closed at the benchmark's end. */
export async function managerPage({ atEnd }: BenchContext, house: FilledHouse): Promise<Page> {
  const browser = await openBrowser();
  atEnd(() => browser.close());
  const window = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await window.addCookies(house.manager.http.cookies().map((cookie) => ({ ...cookie, url: house.product.url })));
  const page = await window.newPage();
  page.setDefaultTimeout(60_000);
  return page;
}
