import type { Locator, Page } from 'playwright-core';

/** What is used here of an element in the page. */
interface Part {
  parentElement: Part | null;
  matches(selector: string): boolean;
}
interface Style {
  outlineStyle: string;
  outlineWidth: string;
  boxShadow: string;
}

/** A person who uses the keyboard and nothing else. Wherever the focus goes it must be seen. */
export class Keyboard {
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Keys one after another: `g`, `Enter`, `Shift+Tab`. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }

  /** Presses Tab until the part has the focus. */
  async to(part: Locator, most = 80): Promise<void> {
    await part.waitFor();
    for (let n = 0; n <= most; n++) {
      if (await hasFocus(part)) {
        if (!(await isSeen(part))) throw new Error(`the focus cannot be seen on ${String(part)}`);
        return;
      }
      await this.press('Tab');
    }
    throw new Error(`Tab never reached ${String(part)} in ${most} steps`);
  }

  /** Fills a field. */
  async fill(field: Locator, text: string): Promise<void> {
    await this.to(field);
    await this.type(text);
  }

  /** Goes to a button or link and presses it. */
  async use(part: Locator): Promise<void> {
    await this.to(part);
    await this.press('Enter');
  }

  /** Takes an option of a list by typing how it begins. */
  async choose(list: Locator, words: string): Promise<void> {
    await this.to(list);
    await this.type(words);
    const chosen = await list.locator('option:checked').textContent();
    if (chosen?.trim().startsWith(words) !== true) throw new Error(`typing ${words} chose ${chosen ?? 'nothing'}`);
  }

  /** Takes one of several radio buttons with the arrows. */
  async check(radio: Locator, most = 12): Promise<void> {
    await radio.waitFor();
    const group = this.page.locator(`input[type="radio"][name="${(await radio.getAttribute('name')) ?? ''}"]`);
    for (let n = 0; n < 80 && !(await anyFocused(group)); n++) await this.press('Tab');
    for (let n = 0; n < most; n++) {
      if (await radio.isChecked()) return;
      await this.press('ArrowDown');
    }
    if (!(await radio.isChecked())) throw new Error(`the arrows never reached ${String(radio)}`);
  }

  /** Takes a choice of a chip's menu. */
  async pick(chip: Locator, choice: string): Promise<void> {
    await this.use(chip);
    const item = this.page.getByRole('menuitemradio', { name: choice, exact: true });
    await item.waitFor();
    for (let n = 0; n < 20 && !(await hasFocus(item)); n++) await this.press('ArrowDown');
    if (!(await hasFocus(item))) throw new Error(`the arrows never reached ${choice}`);
    await this.press('Enter');
    await item.waitFor({ state: 'hidden' });
  }
}

const hasFocus = (part: Locator): Promise<boolean> =>
  part.evaluate((element) => {
    const { document } = globalThis as unknown as { document: { activeElement: unknown } };
    return document.activeElement === (element as unknown);
  });

const anyFocused = (parts: Locator): Promise<boolean> =>
  parts.evaluateAll((all) => {
    const { document } = globalThis as unknown as { document: { activeElement: unknown } };
    return (all as unknown[]).includes(document.activeElement);
  });

/** Whether the element with the focus, or a frame around it, is marked as having it. */
const isSeen = (part: Locator): Promise<boolean> =>
  part.evaluate((element) => {
    const { getComputedStyle } = globalThis as unknown as { getComputedStyle(part: Part): Style };
    const self = element as unknown as Part;
    if (!self.matches(':focus-visible')) return false;
    for (let at: Part | null = self, n = 0; at !== null && n < 3; at = at.parentElement, n++) {
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      if (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) return true;
    }
    return getComputedStyle(self).boxShadow !== 'none';
  });
