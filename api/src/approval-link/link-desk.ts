import { toHex, utf8 } from '@throughline/domain/bytes';
import { DomainError } from '@throughline/domain/errors';
import { languageOf } from '@throughline/domain/prompt/catalogue';
import { promptLines, textOf } from '@throughline/domain/prompt/prompt-text';
import { type ApprovalRow, approvalById } from '@throughline/store/approval-store';
import { type ApprovalLinkHolder, deadLink, keepLinkAnswer, linkOpened } from '@throughline/store/approval-link-store';
import { publish } from '@throughline/store/notify';
import { sha256 } from '@throughline/store/record-store';
import { sessionById } from '@throughline/store/session-store';
import type { Tx } from '@throughline/store/tenant';
import { z } from 'zod';
import { promptOf } from '../agent-gateway/prompt.ts';

/** How the person reads, in the system's own spelling: forms of times are kept for good, so there may be no endless number of them. */
const zReader = {
  locale: z
    .string()
    .regex(/^[A-Za-z]{2,3}(-([A-Za-z]{2}|\d{3}))?$/, 'A locale looks like es-MX.')
    .transform((locale) => new Intl.DateTimeFormat(locale).resolvedOptions().locale),
  timeZone: z
    .string()
    .max(64)
    .transform((timeZone, check) => {
      try {
        return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        check.addIssue('That is no known time zone.');
        return z.NEVER;
      }
    }),
};
const token = z.string().min(1).max(200);

export const zLook = z.strictObject({ token, ...zReader });
export const zOutcome = z.strictObject({ token });
export const zLinkAnswer = z.strictObject({
  token,
  ...zReader,
  decision: z.enum(['approve', 'deny']),
  reason: z
    .string()
    .max(500, 'A reason has at most 500 characters.')
    .refine((text) => !text.includes('\0'), 'The reason holds a NUL character. Remove it.'),
  /** Of the text that stood on the page. */
  textHash: z.string().regex(/^[0-9a-f]{64}$/),
});
type Reader = Pick<z.infer<typeof zLook>, 'locale' | 'timeZone'>;

interface Question {
  approval: ApprovalRow;
  endpointId: string;
  lines: ReturnType<typeof promptLines>;
  text: string;
  textHash: string;
  names: { mspName: string; clientName: string; endpointName: string; technician: string };
}

/** The question as the link's page puts it: the words of the computer's own page, for a yes to this one thing. */
async function questionOf(tx: Tx, holder: ApprovalLinkHolder, reader: Reader): Promise<Question> {
  const scope = { mspId: holder.msp_id, clients: '*' as const };
  const approval = await approvalById(tx, scope, holder.approval_id);
  const session = approval && (await sessionById(tx, scope, approval.session_id));
  if (!approval || !session) throw deadLink();
  const endpointId = session.endpoint_id;
  const place = { mspId: holder.msp_id, mspName: holder.msp_name, endpointId, protocol: 2 as const };
  const prompt = await promptOf(tx, place, approval);
  const lines = promptLines({ prompt, offer: null, consentAt: null, away: true }, reader);
  const text = textOf(lines);
  const { mspName, clientName, endpointName } = prompt;
  const names = { mspName, clientName, endpointName, technician: prompt.technician.name };
  return { approval, endpointId, lines, text, textHash: toHex(sha256(utf8(text))), names };
}

/** What the page shows. Looking decides nothing and uses nothing up; that it was looked at, the desk sees. */
export async function lookAt(tx: Tx, holder: ApprovalLinkHolder, reader: Reader) {
  const { approval, endpointId, lines, textHash, names } = await questionOf(tx, holder, reader);
  if (await linkOpened(tx, holder)) await tell(tx, holder, approval, endpointId, 'approval');
  return { ...names, name: holder.name, lines, textHash, expiresAt: holder.expires_at.getTime() };
}

/** Uses the link up, and has the answer carried to the computer, which decides whether it counts. Errors: CONFLICT. */
export async function takeLinkAnswer(tx: Tx, holder: ApprovalLinkHolder, answer: z.infer<typeof zLinkAnswer>) {
  const { approval, endpointId, text, textHash } = await questionOf(tx, holder, answer);
  if (textHash !== answer.textHash)
    throw new DomainError('CONFLICT', 'The question changed while you were reading it. Read it again, then answer.');
  const { decision, reason } = answer;
  await keepLinkAnswer(tx, holder, { decision, reason, language: languageOf(answer.locale), text });
  await tell(tx, holder, approval, endpointId, 'prompt');
  return approval.id;
}

function tell(tx: Tx, holder: ApprovalLinkHolder, approval: ApprovalRow, endpointId: string, k: 'approval' | 'prompt') {
  const { id, session_id, command_id } = approval;
  const of = { m: holder.msp_id, s: session_id, e: endpointId, a: id };
  return publish(tx, { k, ...of, ...(command_id && k === 'approval' ? { c: command_id } : {}) });
}
