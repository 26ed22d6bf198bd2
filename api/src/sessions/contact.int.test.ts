import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';

let bench: ApiBench;
let jun: Desk;
let dana: Desk;
beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
  dana = bench.desk(bench.northgate.people.dana);
});
afterAll(() => bench?.close());

it('F054 a call to the person who is waited for is on the record once, is seen by all, and answers nothing', async () => {
  const { id: clientId } = bench.northgate.clients.harbor;
  await bench.rows("update client set contact_name = 'Olivia Hart', contact_phone = '555-0102' where id = $1", [
    clientId,
  ]);
  const runtime = await bench.enrol(clientId, 'CALL-1');
  await runtime.connect();
  const sessionId = await bench.started(jun, runtime);
  const { prompt } = await runtime.hears('prompt', (m) => m.prompt.sessionId === sessionId);
  const call = {
    approvalId: gid('ApprovalRequest', prompt.approvalId),
    how: 'phone',
    reached: false,
    words: ' rang four times ',
    idempotencyKey: 'call-1',
  };
  for (const again of [1, 2]) await dana.must('recordContact', { ...call, idempotencyKey: `call-${again % 1}` });
  await jun.must('recordContact', { ...call, reached: true, words: '', idempotencyKey: 'call-1' });

  const entries = await bench.rows<{ payload: Buffer }>(
    `select p.payload from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
     where e.session_id = $1 and e.kind = 'person_contacted' order by e.seq`,
    [sessionId],
  );
  const { approvalId } = prompt;
  expect(entries.map(({ payload }) => JSON.parse(payload.toString()) as object)).toEqual([
    { approvalId, how: 'phone', reached: false, words: 'rang four times' },
    { approvalId, how: 'phone', reached: true, words: '' },
  ]);
  const board = await dana.gql<{ board: { waiting: object[] } }>(
    '{ board { waiting { state contacts contactedBy contactedAt session { client { contactName contactPhone contactEmail } } } } }',
  );
  expect(board.board.waiting).toMatchObject([
    {
      state: 'waiting',
      contacts: 2,
      contactedBy: 'Jun Park',
      contactedAt: expect.any(String),
      session: { client: { contactName: 'Olivia Hart', contactPhone: '555-0102' } },
    },
  ]);

  expect(await dana.act('recordContact', { ...call, words: 'x'.repeat(501), idempotencyKey: 'long' })).toMatchObject({
    code: 'TOO_LARGE',
  });
  await jun.must('withdrawApproval', { approvalId: call.approvalId });
  expect(await dana.act('recordContact', { ...call, idempotencyKey: 'late' })).toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining('nobody is waited for any more'),
  });
});
