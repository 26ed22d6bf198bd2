import { expect, it } from 'vitest';
import { reminderDone } from './reminder-done.ts';

const mara = { id: 'w1', name: 'Mara Voss', email: 'mara@harbor.example', phone: '' };
const rae = { id: 'w2', name: 'Rae Lund', email: '', phone: '555-0177' };

it('F053 F138 the audit trail says for whom a mail was queued', () => {
  expect(reminderDone([mara], true)).toEqual({ approvers: ['Mara Voss'], mailQueuedFor: ['Mara Voss'] });
});

it('F053 F138 and why for the others none was: no address', () => {
  expect(reminderDone([mara, rae], true)).toEqual({
    approvers: ['Mara Voss', 'Rae Lund'],
    mailQueuedFor: ['Mara Voss'],
    noMail: 'no address is known of Rae Lund',
  });
});

it('F053 F138 or no mail server', () => {
  expect(reminderDone([mara, rae], false)).toEqual({
    approvers: ['Mara Voss', 'Rae Lund'],
    mailQueuedFor: [],
    noMail: 'no mail server is set',
  });
});
