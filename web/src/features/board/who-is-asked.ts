import type { ApprovalFieldsFragment } from '../../graphql/generated/operations.ts';

/** Whose answer a request waits for, and how they are reached. Empty text: not known. */
export interface Asked {
  /** A named approver's; null: the person at the device. */
  approverId: string | null;
  name: string;
  phone: string;
  email: string;
}

/** Where every approver was revoked while a question to them waited. */
export const NOBODY_LEFT = 'No approver has a passkey any more: withdraw it.';

export interface AskedSession {
  requester: string;
  client: { contactName?: string | null; contactPhone?: string | null; contactEmail?: string | null };
}

/** The client's contact for the person at the device, each of the approvers where one of them decides; none where nobody is left who could. */
export function whoIsAsked(
  request: Pick<ApprovalFieldsFragment, 'byApprover' | 'approvers'>,
  { requester, client }: AskedSession,
): Asked[] {
  if (request.byApprover) return request.approvers.map(({ id, ...approver }) => ({ approverId: id, ...approver }));
  const [phone, email] = [client.contactPhone ?? '', client.contactEmail ?? ''];
  return [{ approverId: null, name: client.contactName ?? requester, phone, email }];
}
