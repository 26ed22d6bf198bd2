import { setFlagsFromString } from 'node:v8';
import { type RiskAssessor, loadRiskAssessor } from '@throughline/domain/risk/assessor';
import { grammar } from '../own-program.ts';
import { type Verdict, zQuestion } from './messages.ts';

/*
 * The judge: a process that says what a script may do, so that the runtime neither holds the grammars while nothing is to be judged nor
 * parses what strangers wrote. It answers over IPC and ends with the runtime. A script it dies of counts as a change there.
 */
process.on('disconnect', () => process.exit());

const assessor = loadRiskAssessor(
  { treeSitter: grammar('web-tree-sitter'), bash: grammar('bash'), powershell: grammar('powershell') },
  // The optimizing compiler would take seconds of a core for a grammar, and the quick one's code is no slower there.
  { spent: processorMs, beforeGrammars: () => setFlagsFromString('--liftoff-only') },
).then((loaded) => {
  // What is loaded for the first script is so before there is one.
  for (const shell of ['bash', 'pwsh'] as const) loaded.assess(shell, 'ls -l /etc | sort');
  return loaded;
});

process.on('message', (message: unknown) => {
  const question = zQuestion.parse(message);
  void assessor.then((loaded) => answer(loaded, question.id, question.shell, question.script));
});
void assessor.then(() => say({ type: 'ready' }));

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function answer(loaded: RiskAssessor, id: number, ...script: Parameters<RiskAssessor['assess']>): void {
  const { risk, why } = loaded.assess(...script);
  say({ type: 'verdict', id, risk, why });
}

/** A runtime that is gone needs no answer. */
function say(verdict: Verdict): void {
  process.send?.(verdict, () => undefined);
}
