import { z } from 'zod';

/*
 * A session's whole record in one JSON file that proves itself: verify-bundle.ts checks it without our server or database, and so does
 * docs/verifier/verify.py. Bytes are strict base64, hashes lower-case hexadecimal. Unknown members are refused: what a reader does not
 * understand it must not call valid.
 */
export const BUNDLE_FORMAT = 'throughline/record';
export const BUNDLE_VERSION = 1;

const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a UUID');
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal');
const base64 = z.string();
const count = z.number().int().nonnegative();

export const zBundleEntry = z.strictObject({
  seq: z.number().int().positive(),
  kind: z.string(),
  at: z.string(),
  /** The exact bytes that were hashed: canonical JSON. */
  header: base64,
  payloadHash: hash,
  /** Null together with the payload, where both were erased. */
  salt: base64.nullable(),
  payload: base64.nullable(),
  hash,
});
export type BundleEntry = z.infer<typeof zBundleEntry>;

export const zBundleFrame = z.strictObject({
  seq: z.number().int().positive(),
  stream: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  off: count,
  /** By the endpoint's clock; not part of the output chain. */
  at: z.string(),
  bytes: base64,
});
export type BundleFrame = z.infer<typeof zBundleFrame>;

export const zBundleOutput = z.strictObject({ commandId: uuid, frames: z.array(zBundleFrame) });
export type BundleOutput = z.infer<typeof zBundleOutput>;

/** The newest signed checkpoint that holds a head of this session, and the path from that head to the signed root. */
export const zBundleCheckpoint = z.strictObject({
  note: z.string(),
  /** Ed25519, SPKI DER. */
  publicKey: base64,
  index: count,
  count: z.number().int().positive(),
  hash,
  proof: z.array(hash).max(64),
});

export const zExportBundle = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  version: z.literal(BUNDLE_VERSION),
  exportedAt: z.string(),
  session: z.strictObject({
    mspId: uuid,
    id: uuid,
    number: z.number().int(),
    title: z.string(),
    clientName: z.string(),
    endpointId: uuid,
    endpointName: z.string(),
  }),
  entries: z.array(zBundleEntry),
  outputs: z.array(zBundleOutput),
  runtimes: z.array(z.strictObject({ id: uuid, label: z.string(), publicKey: base64 })),
  head: z.strictObject({ count, hash: z.union([hash, z.literal('')]) }),
  checkpoint: zBundleCheckpoint.nullable(),
});
export type ExportBundle = z.infer<typeof zExportBundle>;
