import { describe, expect, it } from 'vitest';
import { excerptParts, hitLink } from './hit.ts';

describe('a search hit', () => {
  it('F099 marks what matched and nothing else', () => {
    expect(excerptParts('a \u{e000}b\u{e001} c\u{e000}d\u{e001}')).toEqual([
      { text: 'a ', marked: false },
      { text: 'b', marked: true },
      { text: ' c', marked: false },
      { text: 'd', marked: true },
    ]);
  });
  const hit = { entrySeq: 12, stream: null, offset: null, excerpt: 'x', command: null, session: { number: 1847 } };
  it('F104 opens the entry of a message', () => {
    expect(hitLink(hit, 'q')).toEqual({ path: '/s/1847', hash: '#e12' });
  });
  it('F104 opens the very byte of an output, with the word as it stands there', () => {
    const link = hitLink(
      {
        ...hit,
        stream: 'stderr',
        offset: 131_072,
        excerpt: 'see \u{e000}PARTIAL_CHAIN\u{e001}',
        command: { id: 'C1' },
      },
      'partial_chain',
    );
    expect(link).toEqual({
      path: '/s/1847',
      query: { cmd: 'C1', stream: 'stderr', offset: '131072', q: 'PARTIAL_CHAIN' },
    });
  });
});
