/** The lines of a text that comes in pieces. Splits at line feeds alone: Node's readline also splits at U+2028, which JSON may hold. */
export async function* textLines(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}
