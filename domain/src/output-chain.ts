import { type Sha256, concat, u32, u64, u8, utf8, uuidBytes } from './bytes.ts';

/*
 * The chain over a command's raw output, computed by the agent (which signs its head at EXIT) and by the store:
 *   leaf_i = SHA256(0x01 || seq u32 || stream u8 || offset u64 || SHA256(bytes))
 *   H_0    = SHA256(DOMAIN || command uuid),  H_i = SHA256(DOMAIN || H_{i-1} || leaf_i)
 */
export const OUTPUT_DOMAIN = 'throughline/output/v1\0';

export const outputChainStart = (sha256: Sha256, commandId: string): Uint8Array =>
  sha256(concat(utf8(OUTPUT_DOMAIN), uuidBytes(commandId)));

export function outputChainNext(
  sha256: Sha256,
  previous: Uint8Array,
  frame: { seq: number; stream: number; offset: number; bytes: Uint8Array },
): Uint8Array {
  const leaf = sha256(concat(u8(1), u32(frame.seq), u8(frame.stream), u64(frame.offset), sha256(frame.bytes)));
  return sha256(concat(utf8(OUTPUT_DOMAIN), previous, leaf));
}
