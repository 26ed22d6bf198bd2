/** How many lie ready; more than that are made when needed and left to the garbage collector. */
const KEPT = 24;

/**
 * Pieces of memory of one size that are used again and again, shared by all connections: a long output would otherwise allocate a
 * megabyte per transaction, and the garbage collector would be busier than the database.
 */
export class Rooms {
  private readonly free: Buffer<ArrayBuffer>[] = [];
  private readonly bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  borrow(): Buffer<ArrayBuffer> {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(this.bytes);
  }

  /** Only when nobody reads from it any more. */
  giveBack(room: Buffer<ArrayBuffer>): void {
    if (this.free.length < KEPT) this.free.push(room);
  }
}
