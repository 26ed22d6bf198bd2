import { type Sha256, concat, equalBytes, u8 } from './bytes.ts';

/*
 * The append-only Merkle tree of RFC 6962 §2.1 (the same as RFC 9162 §2.1). Leaves are hashed with 0x00 before them, nodes with 0x01,
 * so that no node can pass for a leaf.
 */

export const merkleLeaf = (sha256: Sha256, data: Uint8Array): Uint8Array => sha256(concat(u8(0), data));

const node = (sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array => sha256(concat(u8(1), left, right));

/**
 * The roots of the perfect subtrees a tree of `size` leaves is made of, largest first: all that must be kept to append to it
 * and to know its root.
 */
export interface Frontier {
  size: number;
  roots: readonly Uint8Array[];
}

export const EMPTY_FRONTIER: Frontier = { size: 0, roots: [] };

/** Adds one leaf hash; two subtrees of equal size become one, as when counting in binary. */
export function appendLeaf(sha256: Sha256, tree: Frontier, leaf: Uint8Array): Frontier {
  const roots = [...tree.roots];
  let carried = leaf;
  for (let rest = tree.size; rest % 2 === 1; rest = Math.floor(rest / 2))
    carried = node(sha256, roots.pop() as Uint8Array, carried);
  return { size: tree.size + 1, roots: [...roots, carried] };
}

/** The tree's root; of no leaves it is the hash of nothing. */
export function merkleRoot(sha256: Sha256, tree: Frontier): Uint8Array {
  return tree.roots.length === 0
    ? sha256(new Uint8Array())
    : tree.roots.reduceRight((right, left) => node(sha256, left, right));
}

/** The audit path of leaf `index`: sibling hashes, lowest first. */
export function inclusionProof(sha256: Sha256, leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (index < 0 || index >= leaves.length) throw new RangeError(`no leaf ${index} in a tree of ${leaves.length}`);
  if (leaves.length === 1) return [];
  const split = largestPowerBelow(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...inclusionProof(sha256, left, index), rootOf(sha256, right)]
    : [...inclusionProof(sha256, right, index - split), rootOf(sha256, left)];
}

/** Whether the path leads from the leaf hash at `index` to the root of a tree of `size` leaves (RFC 9162 §2.1.3.2). */
export function provesInclusion(
  sha256: Sha256,
  claim: { leaf: Uint8Array; index: number; size: number; proof: readonly Uint8Array[]; root: Uint8Array },
): boolean {
  if (claim.index >= claim.size) return false;
  let at = claim.index;
  let last = claim.size - 1;
  let hash = claim.leaf;
  for (const sibling of claim.proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = node(sha256, sibling, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else hash = node(sha256, hash, sibling);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && equalBytes(hash, claim.root);
}

const rootOf = (sha256: Sha256, leaves: readonly Uint8Array[]): Uint8Array =>
  merkleRoot(
    sha256,
    leaves.reduce<Frontier>((tree, leaf) => appendLeaf(sha256, tree, leaf), EMPTY_FRONTIER),
  );

function largestPowerBelow(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
