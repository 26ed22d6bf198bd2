import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { type RiskAssessor, loadRiskAssessor } from '@throughline/domain/risk/assessor';

export type { RiskAssessor };

/** Loads the grammars once; the assessor then works without waiting. */
export async function createRiskAssessor(): Promise<RiskAssessor> {
  const require = createRequire(import.meta.url);
  const [treeSitter, bash, powershell] = await Promise.all([
    readFile(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
    readFile(require.resolve('@vscode/tree-sitter-wasm/wasm/tree-sitter-bash.wasm')),
    readFile(require.resolve('@vscode/tree-sitter-wasm/wasm/tree-sitter-powershell.wasm')),
  ]);
  return loadRiskAssessor({ treeSitter, bash, powershell }, { spent: processorMs, beforeGrammars: compileQuickly });
}

/**
 * V8's optimizing compiler takes 8 s of a core for the PowerShell grammar, also when the process could end, and the quick one's code is no
 * slower there. Modules compiled before are not touched, and no later one needs it.
 */
const compileQuickly = (): void => setFlagsFromString('--liftoff-only');

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
