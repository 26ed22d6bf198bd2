/**
 * A part of the stack could not start or stay up. The message is made of three things the reader needs:
 * which part, why, and what to do next.
 */
export class PartFailure extends Error {
  readonly part: string;
  readonly why: string;
  readonly whatToDo: string;

  constructor(part: string, why: string, whatToDo: string, options?: ErrorOptions) {
    super(`${part}: ${why}\n  What to do: ${whatToDo}`, options);
    this.name = 'PartFailure';
    this.part = part;
    this.why = why;
    this.whatToDo = whatToDo;
  }
}
