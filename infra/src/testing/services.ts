import { mkdtempSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTemporalBinary } from '../embedded/temporal-binary.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { startTemporal } from '../embedded/temporal.ts';
import { reaper } from '../reaper.ts';

/** One Postgres and one Temporal for a whole test run, in a folder that is removed whatever happens. */
export interface TestServices {
  adminUrl: string;
  temporalAddress: string;
  temporalNamespace: string;
  stop(): Promise<void>;
}

/** Starts both at once. When one fails, the other is stopped before the error is thrown. */
export async function startTestServices(onProgress: (line: string) => void): Promise<TestServices> {
  const folder = testFolder();
  const binary = await findTemporalBinary({ onProgress });
  const temporalNamespace = 'throughline';
  const [postgres, temporal] = await Promise.allSettled([
    startPostgres({ dataDir: join(folder, 'postgres'), durable: false }),
    startTemporal({ binary, namespace: temporalNamespace, logFile: join(folder, 'temporal.log') }),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all([postgres, temporal].map((part) => (part.status === 'fulfilled' ? part.value.stop() : null)));
  };
  if (postgres.status === 'rejected' || temporal.status === 'rejected') {
    await stop();
    throw postgres.status === 'rejected' ? postgres.reason : (temporal as PromiseRejectedResult).reason;
  }
  return { adminUrl: postgres.value.adminUrl, temporalAddress: temporal.value.address, temporalNamespace, stop };
}

/** A new temporary folder other users may enter (Postgres runs as one), removed when this process is gone. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-test-'));
  chmodSync(folder, 0o755);
  reaper.removeAtEnd(folder);
  return folder;
}
