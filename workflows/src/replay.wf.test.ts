import { readFile, readdir } from 'node:fs/promises';
import { Worker, bundleWorkflowCode } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';

const FOLDER = new URL('../histories/', import.meta.url);

describe('recorded histories', () => {
  it('F015 every shape of a session ever released still replays', async () => {
    const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.json'));
    expect(files.length).toBeGreaterThan(0);
    const workflowBundle = await bundleWorkflowCode({ workflowsPath: new URL('./index.ts', import.meta.url).pathname });
    for (const file of files) {
      const history: unknown = JSON.parse(await readFile(new URL(file, FOLDER), 'utf8'));
      await Worker.runReplayHistory({ workflowBundle }, history);
    }
  });
});
