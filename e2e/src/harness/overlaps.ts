import type { Page } from 'playwright-core';

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** What is used here of an element in the page. */
interface Part {
  localName: string;
  id: string;
  textContent: string;
  parentElement: Part | null;
  getAttribute(name: string): string | null;
  matches(selector: string): boolean;
  contains(other: Part): boolean;
  checkVisibility(options: object): boolean;
  getBoundingClientRect(): Box;
}

/** Fields, buttons and links of the page's content that lie over each other, and fields too narrow to read: what no accessibility rule finds. */
export async function layoutFaults(page: Page): Promise<string[]> {
  return page.locator('#main :is(input, select, textarea, button, a[href])').evaluateAll((found) => {
    const { getComputedStyle } = globalThis as unknown as { getComputedStyle(part: Part): { overflow: string } };
    const shared = (a: Box, b: Box): Box => ({
      left: Math.max(a.left, b.left),
      right: Math.min(a.right, b.right),
      top: Math.max(a.top, b.top),
      bottom: Math.min(a.bottom, b.bottom),
    });
    // What is scrolled away under a header does not lie over it.
    const seen = (part: Part): Box => {
      let box = part.getBoundingClientRect();
      for (let up = part.parentElement; up !== null; up = up.parentElement)
        if (getComputedStyle(up).overflow !== 'visible') box = shared(box, up.getBoundingClientRect());
      return box;
    };
    const name = (part: Part): string =>
      `${part.localName} "${(part.getAttribute('aria-label') ?? part.id) || part.textContent.trim().slice(0, 40)}"`;
    const parts = (found as unknown as Part[])
      .filter((part) => part.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .map((part) => ({ part, box: seen(part), full: part.getBoundingClientRect() }));
    const faults = parts
      .filter(({ part, full }) => part.matches('.in') && full.right - full.left < 60)
      .map(({ part }) => `${name(part)} is too narrow to read`);
    for (const [i, one] of parts.entries())
      for (const other of parts.slice(i + 1)) {
        if (one.part.contains(other.part) || other.part.contains(one.part)) continue;
        const { left, right, top, bottom } = shared(one.box, other.box);
        if (right - left > 2 && bottom - top > 2) faults.push(`${name(one.part)} lies over ${name(other.part)}`);
      }
    return faults.slice(0, 10);
  });
}
