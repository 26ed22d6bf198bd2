import { expect, it } from 'vitest';
import { z } from 'zod';
import { mayConnect } from './outbound-address.ts';
import { zMailSettings, zWebhookNetworks } from './outbound-settings.ts';

const schema = z.object({ ...zMailSettings, WEBHOOK_NETWORKS: zWebhookNetworks });
const faults = (env: Record<string, string>) =>
  schema.safeParse(env).error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? [];

it('nothing set, or set empty, sends nothing and allows nothing', () => {
  for (const env of [{}, { SMTP_URL: '', MAIL_FROM: '', WEBHOOK_NETWORKS: '' }]) {
    const { SMTP_URL, MAIL_FROM, WEBHOOK_NETWORKS } = schema.parse(env);
    expect([SMTP_URL, MAIL_FROM, mayConnect('127.0.0.1', WEBHOOK_NETWORKS)]).toEqual([undefined, undefined, false]);
  }
});

it('takes a mail server, a sender and networks', () => {
  const env = {
    SMTP_URL: 'smtps://desk:p%40ss@mail.example:465',
    MAIL_FROM: 'Northgate desk <desk@msp.example>',
    WEBHOOK_NETWORKS: '10.1.0.0/16, 127.0.0.0/8',
  };
  expect(mayConnect('127.0.0.1', schema.parse(env).WEBHOOK_NETWORKS)).toBe(true);
});

it('names every mistake, and repeats no password', () => {
  const found = faults({
    SMTP_URL: 'mail.example:587 hunter2',
    MAIL_FROM: 'desk@msp.example\r\nBcc: x@x.example',
    WEBHOOK_NETWORKS: '10.1.0.0',
  });
  expect(found).toEqual([
    'SMTP_URL must be an address such as smtp://name:password@mail.example:587',
    'MAIL_FROM must look like Desk <desk@msp.example>',
    'WEBHOOK_NETWORKS 10.1.0.0 is not a network such as 10.1.0.0/16',
  ]);
});
