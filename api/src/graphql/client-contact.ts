import { DomainError, notFound } from '@throughline/domain/errors';
import { audit } from '@throughline/store/audit-store';
import { type ClientContact, clientsByIds, publishContact, setClientContact } from '@throughline/store/client-store';
import { z } from 'zod';
import { permit } from '../sessions/viewer.ts';
import { builder } from './builder.ts';
import { onlyUuids, reading, viewerOf } from './context.ts';
import { Client } from './refs.ts';
import { orUserError } from './user-error.ts';

const line = (most: number, words: string) =>
  z
    .string()
    .nullish()
    .transform((text) => text?.trim() ?? '')
    .refine((text) => text.length <= most && !/\p{Cc}/u.test(text), words);
const zContact = z.object({
  contactName: line(120, 'A contact’s name has up to 120 characters, on one line.'),
  contactPhone: line(50, 'A phone number has up to 50 characters, on one line.'),
  contactEmail: line(254, 'This is no e-mail address. Leave it empty if there is none.').refine(
    (text) => text === '' || z.email().safeParse(text).success,
    'This is no e-mail address. Leave it empty if there is none.',
  ),
});

/** The contact as it is kept; empty: none. Errors: INVALID_INPUT. */
export function contactOf(input: z.input<typeof zContact>): ClientContact {
  const { data, error } = zContact.safeParse(input);
  if (data === undefined) throw new DomainError('INVALID_INPUT', error.issues[0]?.message ?? 'This is no contact.');
  return data;
}

const SetClientContactInput = builder.inputType('SetClientContactInput', {
  description: 'All three are set: what is left out or empty is none.',
  fields: (t) => ({
    clientId: t.globalID({ required: true, for: [Client] }),
    contactName: t.string(),
    contactPhone: t.string(),
    contactEmail: t.string(),
  }),
});

builder.mutationFields((t) => ({
  setClientContact: t.field({
    type: Client,
    errors: orUserError('SetClientContactResult'),
    description: 'Who at the client is called or written to, and whose mailbox gets the links to answer by on a phone.',
    args: { input: t.arg({ type: SetClientContactInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const viewer = viewerOf(context);
      permit(viewer, 'settings.write', true);
      const contact = contactOf(input);
      return reading(context, async (tx, scope) => {
        const [client] = await clientsByIds(tx, scope, onlyUuids([input.clientId.id]));
        if (client === undefined || client.retired_at !== null) throw notFound('Client');
        const after = await setClientContact(tx, viewer.mspId, client.id, contact);
        const { contact_name, contact_phone, contact_email } = client;
        await audit(tx, viewer.mspId, viewer.email, 'client.contact_set', client.name, {
          before: { name: contact_name ?? '', phone: contact_phone ?? '', email: contact_email ?? '' },
          after: { name: contact.contactName, phone: contact.contactPhone, email: contact.contactEmail },
          ip: context.address,
        });
        await publishContact(tx, viewer.mspId, client.id);
        return after;
      });
    },
  }),
}));
