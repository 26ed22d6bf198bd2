import type { CommandExit } from './agent-protocol.ts';
import type { KeptLink } from './approval-link.ts';
import type { ApprovalScope } from './approval-scope.ts';
import { utf8 } from './bytes.ts';
import { canonicalJson } from './canonical.ts';
import type { KeptAssertion } from './passkey.ts';
import type { ShownPrompt } from './prompt/shown-prompt.ts';

/** What the runtime signs to prove itself at connect: the gateway's nonce, bound to who and which connect it is. */
export const challengeBytes = (runtimeId: string, joinCounter: number, nonce: string): Uint8Array =>
  utf8(`throughline/challenge/v1\n${canonicalJson({ runtimeId, joinCounter, nonce })}`);

/** What the runtime signs at EXIT: counts, sums and the head of the output chain, so that nobody can alter output without its key. */
export const exitBytes = (commandId: string, exit: CommandExit): Uint8Array =>
  utf8(`throughline/exit/v1\n${canonicalJson({ commandId, ...exit })}`);

/**
 * What the runtime signs for a decision made at its prompt page; of version 2 where the yes covers more than its own command, of version 3
 * where it says what was shown, of version 4 where a named approver's passkey answered (passkey.ts), of version 5 where a mailed link did
 * (approval-link.ts).
 */
export const decisionBytes = ({
  scope,
  shown,
  passkey,
  link,
  ...decision
}: {
  approvalId: string;
  decision: string;
  reason: string;
  account: string;
  at: number;
  hash: string;
  scope?: ApprovalScope | undefined;
  shown?: ShownPrompt | undefined;
  passkey?: KeptAssertion | undefined;
  link?: KeptLink | undefined;
}): Uint8Array => {
  const version =
    link !== undefined ? 5 : passkey !== undefined ? 4 : shown !== undefined ? 3 : scope !== undefined ? 2 : 1;
  return utf8(`throughline/decision/v${version}\n${canonicalJson({ ...decision, scope, shown, passkey, link })}`);
};

/** What the runtime signs when the person there ends what an earlier yes covers beyond its own command. */
export const scopeEndBytes = (end: { approvalId: string; account: string; at: number }): Uint8Array =>
  utf8(`throughline/scope_end/v1\n${canonicalJson(end)}`);

/** What the old key and the new one both sign when a runtime changes its key, bound to the connection on which it is said. */
export const rotationBytes = (rotation: { runtimeId: string; joinCounter: number; publicKey: string }): Uint8Array =>
  utf8(`throughline/rotation/v1\n${canonicalJson(rotation)}`);

/** What a runtime signs for one HTTP request about a file: which command's, where in the file, what it carries, and when. */
export const fileRequestBytes = (request: {
  runtimeId: string;
  commandId: string;
  method: 'GET' | 'POST' | 'PUT';
  offset: number;
  /** SHA-256 of the request's body, hexadecimal. */
  body: string;
  at: number;
}): Uint8Array => utf8(`throughline/file/v1\n${canonicalJson(request)}`);

/** What a runtime signs to fetch the program of a release it was offered: which one, from where in it on, and when. */
export const programRequestBytes = (request: {
  runtimeId: string;
  sha256: string;
  offset: number;
  at: number;
}): Uint8Array => utf8(`throughline/program/v1\n${canonicalJson(request)}`);
