/** What an output's first bytes look like: a byte-order mark, or the zeros that UTF-16 puts between letters. Else UTF-8. */
export function guessEncoding(head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const length = Math.min(head.length, 1024) & ~1;
  if (length < 16) return 'utf-8';
  const zeros = [0, 0];
  for (let i = 0; i < length; i++) if (head[i] === 0) zeros[i & 1]! += 1;
  const [even = 0, odd = 0] = zeros.map((n) => n / (length / 2));
  if (odd > 0.7 && even < 0.1) return 'utf-16le';
  if (even > 0.7 && odd < 0.1) return 'utf-16be';
  return 'utf-8';
}
