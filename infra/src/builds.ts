import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './config.ts';
import { hashOf, isFresh, markFresh } from './freshness.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { PartFailure } from './part-failure.ts';
import { runTool } from './tool.ts';

/** Folder of the built web app, built from the sources at hand when they changed; null when this checkout has no web app. */
export async function webApp(onProgress: (line: string) => void, signal: AbortSignal): Promise<string | null> {
  const web = join(projectRoot, 'web');
  const dist = join(web, 'dist');
  if (!existsSync(join(web, 'index.html'))) return null;
  const sources = [
    'web/src',
    'web/public',
    'web/index.html',
    'web/package.json',
    'web/vite.config.ts',
    'web/codegen.ts',
  ];
  const hash = hashOf([...sources, 'api/src/graphql/schema.graphql', 'domain/src', 'package-lock.json'].map(inProject));
  const stamp = join(dist, '.built-from');
  const fresh = (): boolean => isFresh(stamp, join(dist, 'index.html'), hash);
  if (fresh()) return dist;
  return oneAtATime(inProject('node_modules/.cache/throughline/web.lock'), signal, async () => {
    if (fresh()) return dist; // another start has built it meanwhile
    onProgress('building the web app (its sources changed, or it is the first time)');
    if (existsSync(join(web, 'codegen.ts'))) {
      await build('Web app', 'the GraphQL documents', ['--import', 'tsx', 'web/codegen.ts'], projectRoot, signal);
    }
    const vite = [inProject('node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'];
    await build('Web app', 'the pages', vite, web, signal);
    markFresh(stamp, hash);
    return dist;
  });
}

/** File of the bundled workflow code, built when its sources changed; null when this checkout cannot bundle. */
export async function workflowBundle(
  folder: string,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<string | null> {
  if (!existsSync(inProject('activities/src/bundle.ts'))) return null;
  const file = join(folder, 'workflow-bundle.js');
  const stamp = `${file}.built-from`;
  // The lockfile counts: a bundle must come from the same Temporal SDK as the worker that loads it.
  const hash = hashOf(['workflows/src', 'domain/src', 'activities/src/bundle.ts', 'package-lock.json'].map(inProject));
  if (isFresh(stamp, file, hash)) return file;
  onProgress('bundling the workflow code');
  const env = { ...process.env, WORKFLOW_BUNDLE: file };
  await build(
    'Worker',
    'the workflow bundle',
    ['--import', 'tsx', 'activities/src/bundle.ts', file],
    projectRoot,
    signal,
    env,
  );
  markFresh(stamp, hash);
  return file;
}

async function build(
  part: string,
  what: string,
  args: string[],
  cwd: string,
  signal: AbortSignal,
  env?: NodeJS.ProcessEnv,
): Promise<void> {
  const plain = { ...(env ?? process.env), NO_COLOR: '1' };
  const { code, head, tail } = await runTool({ command: process.execPath, args, cwd, signal, env: plain });
  if (code === 0) return;
  const words = [...head, ...tail] // the cause stands at the beginning for some tools, at the end for others
    .filter((line) => !/^\s+at /.test(line)) // where in the builder it happened helps nobody here
    .map((line) => `    ${line}`)
    .join('\n');
  throw new PartFailure(
    part,
    `${what} could not be built:\n${words}`,
    'correct what the lines above name, then start again',
  );
}

function inProject(path: string): string {
  return join(projectRoot, path);
}
