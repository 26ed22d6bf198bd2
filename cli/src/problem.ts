/** Something the operator can put right: printed as it stands, without a stack. */
export class Problem extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'Problem';
    this.exitCode = exitCode;
  }
}
