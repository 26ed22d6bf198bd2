/* What every JavaScript runtime has, the workflow sandbox too. Declared by hand, so that nothing else slips in. */
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean });
  decode(bytes: Uint8Array): string;
}
