import { fireEvent, render } from '@testing-library/vue';
import { describe, expect, it, vi } from 'vitest';
import { defineComponent } from 'vue';
import { useKeySequences, useKeys } from './use-keys.ts';

describe('keys', () => {
  it('F085 F087 the second letter of a sequence is never a key of the page, also where it leads nowhere', async () => {
    const [board, reply] = [vi.fn(), vi.fn()];
    render(
      defineComponent(() => {
        useKeys({ r: reply });
        useKeySequences('g', { d: board });
        return () => null;
      }),
    );
    const press = async (...keys: string[]) => {
      for (const key of keys) await fireEvent.keyDown(document, { key });
    };
    await press('g', 'd');
    expect(board).toHaveBeenCalledTimes(1);
    await press('g', 'r');
    expect(reply).not.toHaveBeenCalled();
    await press('r');
    expect(reply).toHaveBeenCalledTimes(1);
  });
});
