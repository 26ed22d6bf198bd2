/* eslint-disable no-control-regex -- escapes of a terminal and characters without a shape are what this file is about */
// CSI, OSC and the other escapes; then what takes no room, control characters among it save those that set text apart; then a mark that a scrubbed text already holds.
const UNSEEN =
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)|\u001b[ -/]*[0-~]|[\u0000-\u0007\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/g;
/* eslint-enable no-control-regex */
const MARK = /\[(?:client|person|email|path|host|ip|mac|phone|account|domain|url|id|secret|redacted)-\d{1,9}\]/g;

/** Stands in a clean text for a mark that its source already holds: no rule takes it for a part of a value. */
export const OPAQUE = '\ue000';

/** A text as the rules search it: without escapes of a terminal and characters that take no room, so that they hide nothing from a rule. */
export class CleanText {
  readonly source: string;
  readonly text: string;
  /** Where in the clean text something was left out, and where in the source it goes on. */
  private readonly seams: { at: number; after: number }[] = [];

  constructor(source: string) {
    this.source = source;
    const cuts = [
      ...[...source.matchAll(UNSEEN)].map((match) => ({
        start: match.index,
        end: match.index + match[0].length,
        put: '',
      })),
      ...[...source.matchAll(MARK)].map((match) => ({
        start: match.index,
        end: match.index + match[0].length,
        put: OPAQUE,
      })),
    ].sort((a, b) => a.start - b.start);
    let text = '';
    let from = 0;
    for (const { start, end, put } of cuts) {
      if (start < from) continue;
      text += source.slice(from, start) + put;
      this.seams.push({ at: text.length, after: end });
      from = end;
    }
    this.text = text + source.slice(from);
  }

  /** Where the character at a place of the clean text stands in the source. */
  startInSource(at: number): number {
    const seam = this.lastSeam(at);
    return seam === undefined ? at : at - seam.at + seam.after;
  }

  /** Where a piece that ends before a place of the clean text ends in the source. */
  endInSource(at: number): number {
    return at === 0 ? 0 : this.startInSource(at - 1) + 1;
  }

  private lastSeam(at: number): { at: number; after: number } | undefined {
    let low = 0;
    let high = this.seams.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.seams[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    return this.seams[low - 1];
  }
}
