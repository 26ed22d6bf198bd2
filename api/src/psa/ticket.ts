import { z } from 'zod';
import type { Priority } from '@throughline/domain/sla';

/** Text as Postgres can keep it: no NUL, no half of a surrogate pair. Long text is cut, not refused: a ticket must not be lost for it. */
const text = (most: number) =>
  z.string().transform((value) =>
    value
      .replace(/\0/g, '')
      .replace(/\p{Surrogate}/gu, '\ufffd')
      .trim()
      .slice(0, most),
  );
const optional = (most: number) =>
  z
    .union([text(most), z.number().transform(String)])
    .nullish()
    .transform((value) => value || null);

/** The fields of a ticket that are read, as senders name them. Others may be there and are left out. */
export const zTicketFields = z.object({
  id: z
    .union([z.string(), z.number()])
    .transform(String)
    .pipe(text(200))
    .refine((id) => id !== '', 'The ticket has no id.'),
  summary: text(300).refine((summary) => summary !== '', 'The ticket has no summary.'),
  details: optional(20_000),
  client_id: optional(200),
  client_name: optional(300),
  user_name: optional(200),
  user_email: optional(254),
  device: optional(255),
  priority: optional(50),
});
export type TicketFields = z.infer<typeof zTicketFields>;

/** A ticket in our words, as sessions are opened with. */
export interface Ticket {
  id: string;
  summary: string;
  details: string;
  requester: string;
  priority: Priority;
  clientExternalId: string | null;
  clientName: string | null;
  device: string | null;
}

export const zTicket = zTicketFields.transform((fields): Ticket => ({
  id: fields.id,
  summary: fields.summary,
  details: fields.details ?? '',
  requester: fields.user_name ?? fields.user_email ?? 'Not named in the ticket',
  priority: URGENT.test(fields.priority ?? '') ? 'urgent' : 'normal',
  clientExternalId: fields.client_id,
  clientName: fields.client_name,
  device: fields.device,
}));

/** How the common PSAs call what cannot wait: names of ConnectWise, Autotask, HaloPSA and Zendesk, and priority 1. */
const URGENT = /^(urgent|high|highest|critical|emergency|p1|1|priority 1\b.*|1\s*[-–:].*)$/i;

export const zEvent = z.object({
  event: z.string().max(200),
  ticket: z.unknown(),
});
