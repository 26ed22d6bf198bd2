import { utf8, toHex } from '@throughline/domain/bytes';
import type { Prompt } from '@throughline/domain/agent-protocol';
import { type PromptLine, promptLines, textOf } from '@throughline/domain/prompt/prompt-text';
import { spokenCode } from '@throughline/domain/spoken-code';
import type { ApprovalRecord } from './consent-store.ts';
import { offerOf } from './cover.ts';
import { sha256 } from './sha256.ts';

/** A question as this computer puts it to the person: the lines of the page, their text, and its hash. */
export interface PutQuestion {
  lines: PromptLine[];
  text: string;
  textHash: string;
}

/** The same arguments make the same text: what the page was given, and what is signed when it is answered. */
export function questionOf(prompt: Prompt, consentAt: number | null, locale: string): PutQuestion {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const asked = { prompt: { ...prompt, code: codeOf(prompt) }, offer: offerOf(prompt), consentAt };
  const lines = promptLines(asked, { locale, timeZone });
  const text = textOf(lines);
  return { lines, text, textHash: toHex(sha256(utf8(text))) };
}

/** From what this page shows, not as the server said it: a server that asks the desk and this computer two different things is heard on the phone. */
const codeOf = ({ code, approvalId, kind, hash, technician, reason }: Prompt): string =>
  code.length < 6 ? code : spokenCode(sha256, { approvalId, kind, hash, technician: technician.name, reason });

/** When the session was allowed at this computer, or null. */
export const consentOf = (approvals: ApprovalRecord[], sessionId: string): number | null =>
  approvals.find(
    ({ prompt, answer, decided }) =>
      prompt.sessionId === sessionId && prompt.kind === 'session' && answer?.decision === 'approve' && decided?.counted,
  )?.answer?.at ?? null;

/** The question in whose place a policy stands: the session runs unattended. */
export const unattendedOf = (approvals: ApprovalRecord[], sessionId: string): ApprovalRecord['unattended'] =>
  approvals.find(({ prompt, unattended }) => prompt.sessionId === sessionId && unattended !== null)?.unattended ?? null;

/** A browser's locale that Node can write times in. */
export function knownLocale(locale: string): string {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale)[0] ?? 'en';
  } catch {
    // Not a locale at all.
    return 'en';
  }
}
