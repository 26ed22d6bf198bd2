import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import WebhooksPanel from '../settings/WebhooksPanel.vue';
import PreferencesPanel from './PreferencesPanel.vue';

const preferences = (email: Record<string, boolean>) =>
  Object.entries({ assigned: true, sla: false, ...email }).map(([kind, on]) => ({ kind, email: on }));
const webhook = (over: object = {}) => ({
  ...{ id: 'w', name: 'Desk channel', host: 'hooks.example', format: 'slack', kinds: ['sla'], waiting: 0 },
  ...{ lastAt: null, lastOk: null, lastWords: '', disabledAt: null },
  ...over,
});

afterEach(cleanup);

describe('what is mailed', () => {
  const answers = (over: object = {}) => ({
    NotificationPreferences: {
      viewer: { mailsNotifications: true, notificationPreferences: preferences({}), ...over },
    },
  });

  it('F137 shows each kind’s choice and keeps a change', async () => {
    const view = await show(PreferencesPanel, {
      answers: {
        ...answers(),
        SetNotificationPreference: {
          setNotificationPreference: { __typename: 'Viewer', notificationPreferences: preferences({ sla: true }) },
        },
      },
    });
    const box = (name: RegExp) => view.findByRole<HTMLInputElement>('checkbox', { name });
    expect((await box(/given to you/)).checked).toBe(true);
    const sla = await box(/SLA clock/);
    expect(sla.checked).toBe(false);
    await fireEvent.click(sla);
    await vi.waitFor(async () => expect((await box(/SLA clock/)).disabled).toBe(false));
    expect((await box(/SLA clock/)).checked).toBe(true);
    expect(view.asked.at(-1)).toEqual({
      name: 'SetNotificationPreference',
      variables: { input: { kind: 'sla', email: true } },
    });
    expect(view.queryByText(/no mail server/)).toBeNull();
  });

  it('F137 says when nothing can be mailed', async () => {
    const view = await show(PreferencesPanel, { answers: answers({ mailsNotifications: false }) });
    await view.findByText(/no mail server yet/);
  });
});

describe('webhooks', () => {
  it('F137 a new webhook shows its secret once; the address is not shown again', async () => {
    let all: object[] = [];
    const view = await show(WebhooksPanel, {
      answers: {
        OutboundWebhooks: () => ({ outboundWebhooks: all }),
        CreateOutboundWebhook: () => {
          all = [webhook()];
          const made = {
            __typename: 'CreatedOutboundWebhook',
            secret: 'whsec_abc',
            webhook: { id: 'w', name: 'Desk channel' },
          };
          return { createOutboundWebhook: made };
        },
      },
    });
    await fireEvent.click(await view.findByRole('button', { name: 'Add a webhook' }));
    await fireEvent.update(view.getByLabelText('Name'), 'Desk channel');
    await fireEvent.update(view.getByLabelText('Address'), 'https://hooks.example/services/word');
    await fireEvent.click(view.getByLabelText('A session is assigned'));
    await fireEvent.submit(view.getByRole('form', { name: 'New webhook' }));
    await view.findByText('whsec_abc');
    await view.findByText('hooks.example');
    expect(view.asked.find(({ name }) => name === 'CreateOutboundWebhook')?.variables).toMatchObject({
      input: { format: 'standard', kinds: ['escalated', 'approval_waiting', 'sla', 'assigned'] },
    });
    await fireEvent.click(view.getByRole('button', { name: 'I have it' }));
    expect(view.queryByText('whsec_abc')).toBeNull();
    expect(view.queryByText(/services\/word/)).toBeNull();
  });

  it('F137 one that was switched off says why and can be switched on', async () => {
    const off = webhook({ disabledAt: '2026-11-26T10:00:00Z', lastOk: false, lastWords: 'The receiver answered 503.' });
    const view = await show(WebhooksPanel, {
      answers: {
        OutboundWebhooks: { outboundWebhooks: [off] },
        EnableOutboundWebhook: { enableOutboundWebhook: { __typename: 'OutboundWebhook', id: 'w', disabledAt: null } },
      },
    });
    await view.findByText(/nothing got through\. The receiver answered 503\./);
    expect(view.queryByRole('button', { name: /Send a test/ })).toBeNull();
    await fireEvent.click(view.getByRole('button', { name: 'Switch on Desk channel' }));
    await vi.waitFor(() =>
      expect(view.asked.find(({ name }) => name === 'EnableOutboundWebhook')?.variables).toEqual({
        input: { webhookId: 'w' },
      }),
    );
  });

  it('F137 is removed after a second yes only', async () => {
    const view = await show(WebhooksPanel, {
      answers: {
        OutboundWebhooks: { outboundWebhooks: [webhook()] },
        RetireOutboundWebhook: { retireOutboundWebhook: { __typename: 'OutboundWebhook', id: 'w' } },
      },
    });
    await fireEvent.click(await view.findByRole('button', { name: 'Remove Desk channel' }));
    expect(view.asked.map(({ name }) => name)).not.toContain('RetireOutboundWebhook');
    await fireEvent.click(view.getByRole('button', { name: 'Yes, remove Desk channel' }));
    await vi.waitFor(() => expect(view.asked.map(({ name }) => name)).toContain('RetireOutboundWebhook'));
  });
});
