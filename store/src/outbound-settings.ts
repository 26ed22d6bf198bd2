import { BlockList } from 'node:net';
import { z } from 'zod';
import { blockList } from './outbound-address.ts';

/* Settings that api and worker share: the worker sends, the api says what is possible. */

const none = (value: unknown) => (value === '' ? undefined : value);

export const zMailSettings = {
  /** Absent: nothing is mailed. */
  SMTP_URL: z.preprocess(
    none,
    z
      .url({ protocol: /^smtps?$/, error: 'must be an address such as smtp://name:password@mail.example:587' })
      .optional(),
  ),
  MAIL_FROM: z.preprocess(
    none,
    z
      .string()
      .regex(/^[^\r\n<>]*<[^\s<>@]+@[^\s<>@]+>$|^[^\s<>@]+@[^\s<>@]+$/, 'must look like Desk <desk@msp.example>')
      .optional(),
  ),
};

/** Private networks that outbound webhooks may reach. */
export const zWebhookNetworks = z
  .string()
  .default('')
  .transform((text, context): BlockList => {
    try {
      return blockList(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return new BlockList();
    }
  });
