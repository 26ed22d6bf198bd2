import { z } from 'zod';
import { zRisk } from '../command.ts';

const place = z.number().int().nonnegative();

/** A reason of a verdict as it travels and is kept: which part of the script does what; UTF-16 units, the end not included. */
export const zReason = z.strictObject({ risk: zRisk, words: z.string().max(4096), start: place, end: place });
export const zReasons = z.array(zReason).max(50);
