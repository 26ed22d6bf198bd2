import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EMPTY_FRONTIER,
  type Frontier,
  appendLeaf,
  inclusionProof,
  merkleLeaf,
  merkleRoot,
  provesInclusion,
} from './merkle-tree.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const leaves = (count: number) => Array.from({ length: count }, (_, i) => merkleLeaf(sha256, Buffer.from(`leaf ${i}`)));
const grown = (of: Uint8Array[]) => of.reduce<Frontier>((tree, leaf) => appendLeaf(sha256, tree, leaf), EMPTY_FRONTIER);

describe('the tree of heads', () => {
  it('has the roots of the known answers of RFC 6962’s test tree', () => {
    const data = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
    const known = [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ];
    const all = data.map((text) => merkleLeaf(sha256, Buffer.from(text, 'hex')));
    expect(known.map((_, i) => hex(merkleRoot(sha256, grown(all.slice(0, i + 1)))))).toEqual(known);
    expect(hex(merkleRoot(sha256, EMPTY_FRONTIER))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('proves every leaf of every small tree, and no other', () => {
    for (let size = 1; size <= 20; size++) {
      const all = leaves(size);
      const root = merkleRoot(sha256, grown(all));
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(sha256, all, index);
        const claim = { leaf: all[index] as Uint8Array, index, size, proof, root };
        expect(provesInclusion(sha256, claim)).toBe(true);
        expect(provesInclusion(sha256, { ...claim, leaf: sha256(Buffer.from('other')) })).toBe(false);
        expect(provesInclusion(sha256, { ...claim, proof: [...proof, root] })).toBe(false);
        if (size > 1) expect(provesInclusion(sha256, { ...claim, index: (index + 1) % size })).toBe(false);
        if (proof.length > 0) expect(provesInclusion(sha256, { ...claim, proof: proof.slice(1) })).toBe(false);
      }
    }
  });

  it('keeps only as many hashes as its size has ones', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), (size) => {
        expect(grown(leaves(size)).roots).toHaveLength(size.toString(2).replaceAll('0', '').length);
      }),
      { numRuns: 30 },
    );
  });
});
