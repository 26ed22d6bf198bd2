import type { GatewayMessage } from '@throughline/domain/agent-protocol';
import { isDomainError } from '@throughline/domain/errors';
import { parseInputOrder, secretNames } from '@throughline/domain/input-order';
import type { DataFolder } from './data-folder.ts';
import type { Identity } from './identity.ts';
import { readLocalPolicy } from './local-policy.ts';
import type { Answer } from './runner/answer.ts';

export interface AnswerContext {
  identity: Identity;
  folder: DataFolder;
  verify: (bytes: Uint8Array, signature: string) => boolean;
  now: () => number;
}

type CheckedAnswer =
  | { ok: true; answer: Answer }
  /** `seq` is there once the answer is proven to be the organisation's own. */
  | { ok: false; seq: number | null; message: string };

/** Everything the runtime demands of an answer before it reaches a command. Whether the command took an open input, its own order said. */
export function checkAnswer(context: AnswerContext, message: GatewayMessage & { type: 'input' }): CheckedAnswer {
  const bytes = Buffer.from(message.order, 'base64');
  const no = (seq: number | null, words: string): CheckedAnswer => ({ ok: false, seq, message: words });
  if (!context.verify(bytes, message.signature))
    return no(null, 'The signature does not fit the organisation’s command key.');
  let order;
  try {
    order = parseInputOrder(bytes);
  } catch {
    return no(null, 'The answer is not in a form this runtime knows. Update the runtime.');
  }
  const { identity } = context;
  const { seq, text, end } = order;
  if (
    order.mspId !== identity.mspId ||
    order.runtimeId !== identity.runtimeId ||
    order.endpointId !== identity.endpointId ||
    order.commandId !== message.commandId
  )
    return no(null, 'The answer is for another computer or another command.');
  if (context.now() > order.notAfter)
    return no(seq, 'It came too late: the command may be asking something else by now. Type it again.');
  const off = switchedOff(context.folder);
  if (off !== null) return no(seq, off);
  const missing = secretNames(text).find((name) => message.secrets[name] === undefined);
  if (missing !== undefined) return no(seq, `The secret “${missing}” is no longer there. Type it again.`);
  return { ok: true, answer: { seq, text, end, secrets: message.secrets } };
}

function switchedOff(folder: DataFolder): string | null {
  try {
    return readLocalPolicy(folder).killSwitch
      ? 'The owner of this computer has switched all commands off (policy.json).'
      : null;
  } catch (error) {
    if (isDomainError(error)) return error.message;
    throw error;
  }
}
