/** Ends a switch over a union: a case nobody handled fails to compile, and throws if it slips through at run time. */
export function assertNever(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
