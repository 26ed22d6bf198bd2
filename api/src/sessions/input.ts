import { randomUUID } from 'node:crypto';
import { DomainError, notFound } from '@throughline/domain/errors';
import { MAX_SECRETS, secretNames, zInputText, zSecretName, zSecretValue } from '@throughline/domain/input-order';
import { commandById } from '@throughline/store/command-store';
import { withTenant } from '@throughline/store/tenant';
import { keepText } from '@throughline/store/text-store';
import { inputUpdate } from '@throughline/workflows/messages';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { uuidV5 } from './open-session.ts';
import { doerOf, step } from './step.ts';
import { scopeOf } from './viewer.ts';

export interface AnswerCommand {
  commandId: string;
  /** As it will be recorded: secrets by their names. */
  text: string;
  end: boolean;
  secrets: readonly { name: string; value: string }[];
  idempotencyKey: string | null;
}

/** Types into a running command. The text goes on the record and into the signed order; secrets go past both, through memory. */
export async function answerCommand(deps: Deps, viewer: Viewer, answer: AnswerCommand): Promise<void> {
  const { commandId, text, end } = answer;
  const secrets = checked(answer);
  const command = await withTenant(deps.pool, scopeOf(viewer), (tx) => commandById(tx, scopeOf(viewer), commandId));
  if (command === null) throw notFound('Command');
  if (command.spec.input !== true)
    throw new DomainError(
      'INVALID_STATE',
      'This command was sent without an open input, so it reads nothing. Run it again with its input open.',
    );
  const inputId =
    answer.idempotencyKey === null
      ? randomUUID()
      : uuidV5(viewer.mspId, viewer.userId, commandId, 'input', answer.idempotencyKey);
  // Before it is asked for: the runtime's socket may be quicker than the answer to us.
  deps.secrets.hold(inputId, secrets);
  try {
    await step(
      deps,
      viewer,
      command.session_id,
      'command.run',
      inputUpdate,
      async (tx, session) => {
        const inputText = await keepText(tx, viewer.mspId, text, uuidV5(inputId, 'text'));
        return { inputId, commandId, inputText, end, by: doerOf(viewer, 'command.run', session) };
      },
      `input:${inputId}`,
    );
  } catch (error) {
    // Not known to be refused: it may be on its way. The desk forgets by itself.
    if ((error as { code?: string }).code !== 'UNKNOWN_OUTCOME') deps.secrets.forget(inputId);
    throw error;
  }
}

function checked({ text, end, secrets }: AnswerCommand): Record<string, string> {
  const invalid = (words: string) => new DomainError('INVALID_INPUT', words);
  const parsed = zInputText.safeParse(text);
  if (!parsed.success) throw invalid(parsed.error.issues[0]?.message ?? 'The input cannot be taken.');
  if (text === '' && !end) throw invalid('The input is empty. Type something, or end the input.');
  if (secrets.length > MAX_SECRETS) throw invalid(`An answer holds up to ${MAX_SECRETS} secrets.`);
  for (const { name, value } of secrets) {
    if (!zSecretName.safeParse(name).success)
      throw invalid('A secret’s name is a letter, then letters, digits, - or _, up to 40.');
    const fit = zSecretValue.safeParse(value);
    // The value itself is never part of an error.
    if (!fit.success) throw invalid(fit.error.issues[0]?.message ?? 'A secret cannot be taken.');
  }
  const values = Object.fromEntries(secrets.map(({ name, value }) => [name, value]));
  const missing = secretNames(text).find((name) => values[name] === undefined);
  if (missing !== undefined) throw invalid(`The text names the secret “${missing}”, which was not typed.`);
  return values;
}
