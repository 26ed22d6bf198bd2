export const WEBHOOK_FORMATS = ['standard', 'slack', 'teams'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

export interface WebhookEvent {
  kind: string;
  title: string;
  /** The full address of the place in the web app. */
  url: string;
  /** ISO, when it happened. */
  at: string;
}

/**
 * What an outbound webhook carries: the title and the link, never what a command printed or a person typed as a reason. A title may hold
 * a ticket's words, which strangers write, so each format puts it where nothing in it becomes a link, a mention or a format.
 */
export function webhookBody(format: WebhookFormat, { kind, title, url, at }: WebhookEvent): string {
  switch (format) {
    case 'standard':
      return JSON.stringify({ type: `notification.${kind}`, timestamp: at, data: { kind, title, url } });
    case 'slack':
      return JSON.stringify({
        text: slackText(title),
        blocks: [
          { type: 'section', text: { type: 'plain_text', text: title.slice(0, 3000), emoji: false } },
          { type: 'section', text: { type: 'mrkdwn', text: `<${url}|Open in Throughline>` } },
        ],
      });
    case 'teams':
      return JSON.stringify({
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            content: {
              $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
              type: 'AdaptiveCard',
              version: '1.4',
              // A TextBlock would read Markdown.
              body: [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: title }] }],
              actions: [{ type: 'Action.OpenUrl', title: 'Open in Throughline', url }],
            },
          },
        ],
      });
  }
}

/** Slack's own escapes: without them `<!channel>` in a ticket's title would call everybody. */
const slackText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
