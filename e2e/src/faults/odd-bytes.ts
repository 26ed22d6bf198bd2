import type { Random } from './random.ts';

/** About this long: not a whole number of frames, so that every cut falls in another place of the text. */
const BLOCK_BYTES = 1024 ** 2;

/** Content that outputs are known to break on. Each is a block to be written again and again. */
export const CONTENTS: Record<string, (random: Random) => Buffer> = {
  lines: () => repeated(Buffer.from('all of this is kept, in order and once: äöü € 漢字 😀\n')),
  'no newline': () => repeated(Buffer.from('one line without an end, ')),
  NUL: () => Buffer.concat([Buffer.alloc(BLOCK_BYTES / 2), repeated(Buffer.from('a\0b\0\0c')), Buffer.alloc(7)]),
  // Lone continuations, cut sequences, overlong forms, surrogates, 0xFF: every byte value in every order.
  'bad UTF-8': (random) => random.bytes(BLOCK_BYTES + 3),
  'UTF-16': () => repeated(Buffer.from('\ufeffZürich €, 漢字, 😀\r\n', 'utf16le')),
  ANSI: () =>
    repeated(
      Buffer.from('\u001b[31mred\u001b[0m\u001b[2K\r 42%\r 43%\u001b]0;a title\u0007\u001b[1;1H\u0008\u0008\u001bc\n'),
    ),
  CLIXML: () =>
    repeated(
      Buffer.from(
        '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><S S="Error">_x001B_[31;1mGet-Item_x000D__x000A_</S></Objs>',
      ),
    ),
};

const repeated = (text: Buffer): Buffer =>
  Buffer.concat(Array.from({ length: Math.ceil(BLOCK_BYTES / text.length) }, () => text));
