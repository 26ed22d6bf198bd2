/**
 * Thrown by a check that would have to wait: a verdict or a confirmation is still under way. Whoever called waits for it and then looks at
 * everything again, because what allowed an order may be gone by then. So the check that lets an order through is of one moment.
 */
export class NotYet extends Error {
  readonly done: Promise<unknown>;

  constructor(done: Promise<unknown>) {
    super('still under way');
    this.done = done;
  }
}

/** What the check finds once nothing it needs is under way any more. */
export async function inOneMoment<T>(check: () => T): Promise<T> {
  for (;;) {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof NotYet)) throw error;
      await error.done;
    }
  }
}
