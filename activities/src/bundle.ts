import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

/** Where the workflows live; the bundler starts there. */
export const WORKFLOWS_PATH = fileURLToPath(import.meta.resolve('@throughline/workflows/index'));

/** Builds the workflow bundle ahead, so that a worker starts in well under a second. Usage: bundle.ts FILE */
export async function buildBundle(file: string): Promise<void> {
  const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, code);
}

const target = process.argv[2];
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (target === undefined) throw new Error('Usage: bundle.ts FILE');
  await buildBundle(target);
}
