import { cleanup, fireEvent, waitFor } from '@testing-library/vue';
import { afterEach, describe, expect, it } from 'vitest';
import { defineComponent, h, ref } from 'vue';
import { show } from '../../testing/render.ts';
import { sampleSession } from '../../testing/samples.ts';
import ChecklistPanel from './ChecklistPanel.vue';
import ReviewDialog from './ReviewDialog.vue';

const SOP = { name: 'Restart of a service', items: ['Consent before the work', 'Fix proved'] };
/** The dialog as a page opens it. */
const Page = defineComponent(() => {
  const open = ref(false);
  return () => [
    h('button', { onClick: () => (open.value = true) }, 'Review'),
    h(ReviewDialog, {
      session: sampleSession({ status: 'completed', entryCount: 9 }),
      open: open.value,
      'onUpdate:open': (v: boolean) => (open.value = v),
    }),
  ];
});

describe('quality review', () => {
  afterEach(() => cleanup());

  it('F083 marks each item with its entry, asks for an entry where it is met, and sends pass or fail with the note', async () => {
    const sent: unknown[] = [];
    const answers = {
      Checklists: { checklists: [SOP] },
      ReviewSession: ({ input }: Record<string, unknown>) => {
        sent.push(input);
        return { reviewSession: { __typename: 'Session', id: 'S1', reviews: [] } };
      },
    };
    const { getByRole, findByLabelText, getByLabelText, queryByRole } = await show(Page, { answers });
    await fireEvent.click(getByRole('button', { name: 'Review' }));
    await fireEvent.update(await findByLabelText('Entry that shows it: Consent before the work'), '4');
    await fireEvent.update(getByLabelText('Note to the technician'), 'Prove it next time');
    const record = getByRole('button', { name: 'Record the review' }) as HTMLButtonElement;
    expect(record.disabled).toBe(true);
    await fireEvent.update(getByLabelText('Mark: Fix proved'), 'not_met');
    expect(record.disabled).toBe(false);
    await fireEvent.click(getByLabelText('Fail'));
    await fireEvent.submit(record.closest('form')!);
    await waitFor(() => expect(queryByRole('dialog')).toBeNull());
    expect(sent).toMatchObject([
      {
        sessionId: 'S1',
        checklist: SOP.name,
        marks: [{ mark: 'met', entry: 4 }, { mark: 'not_met' }],
        result: 'fail',
        note: 'Prove it next time',
      },
    ]);
  });

  it('F083 U21 an admin adds a checklist, one item a line; before that the page says what it is for', async () => {
    const sent: unknown[] = [];
    const answers = {
      Checklists: { checklists: [] },
      CreateChecklist: ({ input }: Record<string, unknown>) => {
        sent.push(input);
        return { createChecklist: { __typename: 'Checklists', checklists: [SOP] } };
      },
    };
    const { findByText, getByLabelText, getByRole } = await show(ChecklistPanel, { answers });
    await findByText('No checklist yet');
    await fireEvent.update(getByLabelText('Name of the new checklist'), SOP.name);
    await fireEvent.update(getByLabelText('Items, one a line'), ` ${SOP.items.join('\n\n')}\n`);
    await fireEvent.submit(getByRole('form', { name: 'New checklist' }));
    await findByText('Fix proved');
    expect(sent).toEqual([SOP]);
  });
});
