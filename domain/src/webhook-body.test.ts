import { expect, it } from 'vitest';
import { webhookBody } from './webhook-body.ts';

const event = {
  kind: 'ticket',
  title: 'New ticket: <!channel> [pay](https://evil.example) & more',
  url: 'https://desk.example/s/7',
  at: '2026-11-26T10:00:00.000Z',
};

it('F137 the standard form says kind, title and link', () => {
  expect(JSON.parse(webhookBody('standard', event))).toEqual({
    type: 'notification.ticket',
    timestamp: event.at,
    data: { kind: 'ticket', title: event.title, url: event.url },
  });
});

it('F137 in Slack a stranger’s title calls nobody and links nowhere', () => {
  const { text, blocks } = JSON.parse(webhookBody('slack', event)) as {
    text: string;
    blocks: { text: { type: string; text: string } }[];
  };
  expect(text).not.toMatch(/[<>]/);
  expect(blocks.map((block) => block.text)).toEqual([
    { type: 'plain_text', text: event.title, emoji: false },
    { type: 'mrkdwn', text: '<https://desk.example/s/7|Open in Throughline>' },
  ]);
});

it('F137 in Teams a title is plain text beside one button', () => {
  const { type, attachments } = JSON.parse(webhookBody('teams', event)) as {
    type: string;
    attachments: { contentType: string; content: { body: unknown[]; actions: unknown[] } }[];
  };
  expect(type).toBe('message');
  expect(attachments).toHaveLength(1);
  expect(attachments[0]).toMatchObject({ contentType: 'application/vnd.microsoft.card.adaptive' });
  expect(attachments[0]!.content.body).toEqual([
    { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: event.title }] },
  ]);
  expect(attachments[0]!.content.actions).toEqual([
    { type: 'Action.OpenUrl', title: 'Open in Throughline', url: event.url },
  ]);
});
