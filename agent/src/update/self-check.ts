import { spawn } from 'node:child_process';
import { PROTOCOL_VERSION } from '@throughline/domain/agent-protocol';
import { DomainError } from '@throughline/domain/errors';
import type { Release } from '@throughline/domain/release';
import { z } from 'zod';
import { pageAsset } from '../own-program.ts';
import { AGENT_VERSION } from '../version.ts';

/** Nobody waits for it, and a first start on a slow or loaded computer has taken more than a minute. */
const PATIENCE_MS = 5 * 60_000;
const zSelfCheck = z.object({ version: z.string(), protocol: z.number(), platform: z.string(), arch: z.string() });

/** What `self-check` prints: that everything of this program loads here, and what it is. */
export function selfCheck(): string {
  pageAsset('prompt.html');
  const { platform, arch } = process;
  return JSON.stringify({ version: AGENT_VERSION, protocol: PROTOCOL_VERSION, platform, arch });
}

/** Has a newer program say what it is, before it takes our place: it must start at all, and be the version that was signed. */
export async function passSelfCheck(program: string, release: Release, patienceMs = PATIENCE_MS): Promise<void> {
  const { code, text } = await output(program, patienceMs);
  const no = (why: string) => new DomainError('FORBIDDEN', `The new program ${why}. Nothing was changed.`);
  if (code !== 0) throw no(`does not start on this computer (${text.trim().slice(0, 300) || `exit code ${code}`})`);
  const said = zSelfCheck.safeParse(jsonOf(text));
  if (!said.success) throw no('did not say what it is');
  if (said.data.version !== release.version)
    throw no(`calls itself ${said.data.version}, signed was ${release.version}`);
}

function output(program: string, timeout: number): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, ['self-check'], { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], timeout });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (text = (text + part.toString()).slice(0, 10_000)));
    child.once('error', (error) => resolve({ code: null, text: error.message }));
    child.once('close', (code) =>
      resolve({ code, text: child.killed ? `no answer within ${Math.ceil(timeout / 1000)} s` : text }),
    );
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
