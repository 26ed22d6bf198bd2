import { dirname } from 'node:path';

/** The executable's files. All in one folder, so that each step is a rename. */
export interface ProgramPlaces {
  folder: string;
  /** What the service starts. */
  program: string;
  /** A newer one, being checked. */
  next: string;
  /** The one before, which watches over the newer one's first starts. */
  previous: string;
}

const PREVIOUS = '.previous';

/** Of a running executable: the program itself, or the one before it. */
export function programPlaces(executable: string): ProgramPlaces {
  const program = executable.endsWith(PREVIOUS) ? executable.slice(0, -PREVIOUS.length) : executable;
  return { folder: dirname(program), program, next: `${program}.next`, previous: previousOf(program) };
}

export const previousOf = (program: string): string => `${program}${PREVIOUS}`;
