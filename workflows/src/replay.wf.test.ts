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

  it('F015 of every guarded change there is a recorded session that took the new way', async () => {
    const guarded = [...(await workflowSources()).matchAll(/patched\('([^']+)'\)/g)].map(([, words]) => words ?? '');
    expect(guarded).toContain('clocked-approvals');
    const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.json'));
    const histories = await Promise.all(files.map((file) => readFile(new URL(file, FOLDER), 'utf8')));
    for (const words of guarded)
      expect([words, histories.some((history) => history.includes(marker(words)))]).toEqual([words, true]);
  });
});

/** All that may run inside a workflow. */
async function workflowSources(): Promise<string> {
  const folder = new URL('./', import.meta.url);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return (await Promise.all(files.map((file) => readFile(new URL(file, folder), 'utf8')))).join('\n');
}

/** How the marker of a guarded change begins in a recorded history: `{"id":"…"` in base64, as far as its groups are whole. */
function marker(words: string): string {
  const begins = `{"id":"${words}"`;
  return Buffer.from(begins)
    .toString('base64')
    .slice(0, 4 * Math.floor(begins.length / 3));
}
