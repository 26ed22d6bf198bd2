import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { show } from '../../testing/render.ts';
import WebhooksPanel from '../settings/WebhooksPanel.vue';
import PreferencesPanel from './PreferencesPanel.vue';

const preferences = (email: Record<string, boolean>) =>
  Object.entries({ assigned: true, sla: false, ...email }).map(([kind, on]) => ({ kind, email: on }));
const webhook = (over: object = {}) => ({
  ...{ id: 'w', name: 'Desk channel', host: 'hooks.example', format: 'slack', kinds: ['sla'], waiting: 0 },
  ...{ lastAt: null, lastOk: null, lastWords: '', disabledAt: null, pausedBy: null },
  ...{ allClients: true, groups: [], clients: [] },
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

  const ClientPlaces = {
    clientGroups: [
      { id: 'G1', name: 'Dental', clients: [{ id: 'C1', name: 'Harbor Dental' }] },
      { id: 'G2', name: 'Legal', clients: [{ id: 'C2', name: 'Cedar Law' }] },
    ],
  };

  it('F137 is changed and limited: the address stays where none is given, and nothing is ticked for all', async () => {
    let now = webhook();
    const view = await show(WebhooksPanel, {
      answers: {
        ClientPlaces,
        OutboundWebhooks: () => ({ outboundWebhooks: [now] }),
        ChangeOutboundWebhook: () => {
          const limits = { allClients: false, groups: [{ id: 'G2', name: 'Legal' }], clients: [] };
          now = webhook({ name: 'Law desk', kinds: ['sla', 'review'], ...limits });
          return { changeOutboundWebhook: { __typename: 'OutboundWebhook', id: 'w' } };
        },
      },
    });
    await fireEvent.click(await view.findByRole('button', { name: 'Change Desk channel' }));
    await fireEvent.update(view.getByLabelText('Name'), 'Law desk');
    await fireEvent.click(view.getByLabelText('A session is reviewed'));
    await fireEvent.click(view.getByLabelText('Only these'));
    const save = view.getByRole<HTMLButtonElement>('button', { name: 'Save' });
    expect(save.disabled).toBe(true);
    await fireEvent.click(await view.findByRole('checkbox', { name: /^Legal/ }));
    expect(view.getByLabelText<HTMLInputElement>('Cedar Law, with its group').disabled).toBe(true);
    expect(save.disabled).toBe(false);
    await fireEvent.submit(view.getByRole('form', { name: 'Change Desk channel' }));
    await view.findByText('Only of Legal');
    expect(view.asked.find(({ name }) => name === 'ChangeOutboundWebhook')?.variables).toEqual({
      input: { webhookId: 'w', name: 'Law desk', kinds: ['sla', 'review'], groupIds: ['G2'], clientIds: [] },
    });
    expect(view.queryByRole('form')).toBeNull();
  });

  it('F137 an older form takes back nothing that another admin set meanwhile: only what was changed in it is sent', async () => {
    const limited = { allClients: false, groups: [{ id: 'G2', name: 'Legal' }], clients: [] };
    let now = webhook();
    const view = await show(WebhooksPanel, {
      answers: {
        ClientPlaces,
        OutboundWebhooks: () => ({ outboundWebhooks: [now] }),
        ChangeOutboundWebhook: () => ({ changeOutboundWebhook: { __typename: 'OutboundWebhook', id: 'w' } }),
      },
    });
    await fireEvent.click(await view.findByRole('button', { name: 'Change Desk channel' }));
    now = webhook(limited);
    await fireEvent.update(view.getByLabelText('Name'), 'Law desk');
    await fireEvent.submit(view.getByRole('form', { name: 'Change Desk channel' }));
    await view.findByText('Only of Legal');
    expect(view.asked.find(({ name }) => name === 'ChangeOutboundWebhook')?.variables).toEqual({
      input: { webhookId: 'w', name: 'Law desk' },
    });
  });

  it('F137 clients that cannot be read are said to be so, and asked for again', async () => {
    let fails = true;
    const view = await show(WebhooksPanel, {
      answers: {
        ClientPlaces: () => (fails ? new Error('The server is away.') : ClientPlaces),
        OutboundWebhooks: { outboundWebhooks: [webhook()] },
      },
    });
    await fireEvent.click(await view.findByRole('button', { name: 'Change Desk channel' }));
    await fireEvent.click(view.getByLabelText('Only these'));
    const again = await view.findByRole('button', { name: 'Try again' });
    fails = false;
    await fireEvent.click(again);
    await view.findByRole('checkbox', { name: /^Legal/ });
  });

  it('F137 paused, it says by whom and offers to resume; its messages show how each ended, and one is sent again', async () => {
    const off = { disabledAt: '2026-11-26T10:00:00Z', pausedBy: { id: 'U', name: 'Ada Okafor' } };
    let now = webhook({ waiting: 0, lastAt: '2026-11-26T10:00:00Z', lastOk: true });
    const message = { title: 'Session 7 went to Jun', at: '2026-11-26T10:00:00Z', tries: 1, fault: null };
    const OutboundMessages = {
      outboundMessages: [
        { ...message, id: 'm1', state: 'delivered' },
        { ...message, id: 'm2', title: 'Session 8', state: 'dropped', tries: 12, fault: 'The receiver answered 503.' },
        { ...message, id: 'm3', title: 'Session 9', state: 'queued', tries: 0 },
      ],
    };
    const view = await show(WebhooksPanel, {
      answers: {
        OutboundMessages,
        OutboundWebhooks: () => ({ outboundWebhooks: [now] }),
        SendOutboundMessageAgain: {
          sendOutboundMessageAgain: { __typename: 'OutboundMessage', id: 'm2', state: 'queued' },
        },
        PauseOutboundWebhook: () => {
          now = webhook(off);
          return { pauseOutboundWebhook: { __typename: 'OutboundWebhook', id: 'w' } };
        },
      },
    });
    await fireEvent.click(await view.findByRole('button', { name: 'Messages to Desk channel' }));
    await view.findByText(/12 tries\. The receiver answered 503\./);
    expect(view.queryByRole('button', { name: 'Send again: Session 9' })).toBeNull();
    await fireEvent.click(view.getByRole('button', { name: 'Send again: Session 8' }));
    await vi.waitFor(() =>
      expect(view.asked.find(({ name }) => name === 'SendOutboundMessageAgain')?.variables).toEqual({
        input: { messageId: 'm2' },
      }),
    );
    await fireEvent.click(view.getByRole('button', { name: 'Pause Desk channel' }));
    await view.findByText(/Paused by Ada Okafor/);
    await view.findByRole('button', { name: 'Resume Desk channel' });
    await vi.waitFor(() => expect(view.queryByRole('button', { name: /^Send again/ })).toBeNull());
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
