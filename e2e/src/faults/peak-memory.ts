import { readFileSync } from 'node:fs';

/** The most memory that processes have held, as the kernel counts it (VmHWM), looked at until `stop`. */
export function watchPeaks(pids: Record<string, () => number | null>): { stop(): Record<string, number> } {
  const peaks: Record<string, number> = {};
  const look = () => {
    for (const [name, pidOf] of Object.entries(pids)) {
      const peak = peakOf(pidOf());
      if (peak !== null) peaks[name] = Math.max(peaks[name] ?? 0, peak);
    }
  };
  const timer = setInterval(look, 50);
  return {
    stop() {
      clearInterval(timer);
      look();
      return peaks;
    },
  };
}

function peakOf(pid: number | null): number | null {
  if (pid === null) return null;
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Number(kib) * 1024;
  } catch {
    // It has ended.
    return null;
  }
}
