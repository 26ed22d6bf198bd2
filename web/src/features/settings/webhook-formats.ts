import type { WebhookFormat } from '../../graphql/generated/operations.ts';

export const formatWords: Record<WebhookFormat, string> = {
  standard: 'JSON, signed (Standard Webhooks)',
  slack: 'Slack message',
  teams: 'Microsoft Teams card',
};
