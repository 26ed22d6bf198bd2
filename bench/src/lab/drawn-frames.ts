/** What Chromium drew while something was scrolled. */
export interface Drawn {
  /** Frames the screen asked for. */
  wanted: number;
  /** Of those, the ones in which nothing new was drawn although something should have been. */
  dropped: number;
  /** From one drawn frame to the next at most, in ms. */
  longestMs: number;
}

interface FrameReport {
  frame_source: number;
  frame_sequence: number;
  state: string;
  scroll_state: string;
}
interface TraceEvent {
  name: string;
  ph: string;
  /** In µs. */
  ts: number;
  args?: { frame_reporter?: FrameReport };
}

/**
 * From a trace of the categories `cc` and `benchmark`: by Chromium's PipelineReporter (cc/metrics/compositor_frame_reporter.h), which
 * says of each frame whether it was presented, whole or in part, and whether something was being scrolled. Of one frame there can be
 * several reports, where the page's part came later than the compositor's: presented is presented.
 */
export function drawnIn(trace: Buffer): Drawn {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const frames = new Map<string, { at: number; drawn: boolean }>();
  for (const { name, ph, ts, args } of traceEvents) {
    const report = args?.frame_reporter;
    if (name !== 'PipelineReporter' || ph !== 'b' || report === undefined) continue;
    if (report.scroll_state === 'SCROLL_NONE' || report.state === 'STATE_NO_UPDATE_DESIRED') continue;
    const key = `${report.frame_source}/${report.frame_sequence}`;
    const drawn = report.state.startsWith('STATE_PRESENTED') || frames.get(key)?.drawn === true;
    frames.set(key, { at: Math.min(ts, frames.get(key)?.at ?? Infinity), drawn });
  }
  const all = [...frames.values()].sort((a, b) => a.at - b.at);
  if (all.length === 0) throw new Error('the trace tells of no frame that was scrolled');
  const drawn = all.filter((frame) => frame.drawn);
  const gaps = drawn.slice(1).map(({ at }, i) => (at - drawn[i]!.at) / 1000);
  return { wanted: all.length, dropped: all.length - drawn.length, longestMs: Math.max(...gaps) };
}
