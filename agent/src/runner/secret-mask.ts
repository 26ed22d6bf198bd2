/** Shorter values are everyday text: masking them would spoil the output and hide nothing. */
export const LEAST_MASKED = 4;

/**
 * Replaces typed secrets in one stream of output by their names, on exact match of their bytes, before anything is recorded. The tail that
 * could be the beginning of a secret is held back: `push` returns what may go on, `rest` what was held when nothing more came.
 */
export class SecretMask {
  #secrets: { name: string; bytes: Buffer; put: Buffer }[] = [];
  #held = Buffer.alloc(0);
  /** Masked places by name, over all streams that share the counts. */
  readonly counts: Map<string, number>;

  constructor(counts: Map<string, number>) {
    this.counts = counts;
  }

  get holds(): boolean {
    return this.#held.length > 0;
  }

  /** Longer ones first: a secret that holds another is masked as a whole. */
  know(secrets: Readonly<Record<string, string>>): void {
    const fresh = Object.entries(secrets)
      .map(([name, value]) => ({ name, bytes: Buffer.from(value), put: Buffer.from(`{{secret:${name}}}`) }))
      .filter(({ bytes }) => bytes.length >= LEAST_MASKED && !this.#secrets.some((known) => known.bytes.equals(bytes)));
    this.#secrets = [...this.#secrets, ...fresh].sort((a, b) => b.bytes.length - a.bytes.length);
  }

  push(bytes: Buffer): Buffer {
    if (this.#secrets.length === 0) return bytes;
    const all = this.#held.length > 0 ? Buffer.concat([this.#held, bytes]) : bytes;
    const out: Buffer[] = [];
    let from = 0;
    for (let match = this.#next(all, from); match; match = this.#next(all, from)) {
      out.push(all.subarray(from, match.at), match.secret.put);
      this.counts.set(match.secret.name, (this.counts.get(match.secret.name) ?? 0) + 1);
      from = match.at + match.secret.bytes.length;
    }
    const keep = this.#openTail(all.subarray(from));
    out.push(all.subarray(from, all.length - keep));
    // A copy: the buffer belongs to the socket that read it.
    this.#held = Buffer.from(all.subarray(all.length - keep));
    return out.length === 1 ? out[0]! : Buffer.concat(out);
  }

  rest(): Buffer {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return held;
  }

  #next(all: Buffer, from: number): { at: number; secret: { name: string; bytes: Buffer; put: Buffer } } | null {
    let first: { at: number; secret: { name: string; bytes: Buffer; put: Buffer } } | null = null;
    for (const secret of this.#secrets) {
      const at = all.indexOf(secret.bytes, from);
      if (at !== -1 && (first === null || at < first.at)) first = { at, secret };
    }
    return first;
  }

  /** How many of the last bytes are the beginning of a secret. */
  #openTail(bytes: Buffer): number {
    let longest = 0;
    for (const secret of this.#secrets)
      for (let n = Math.min(secret.bytes.length - 1, bytes.length); n > longest; n--)
        if (bytes.subarray(bytes.length - n).equals(secret.bytes.subarray(0, n))) longest = n;
    return longest;
  }
}
