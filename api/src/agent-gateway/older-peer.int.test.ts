import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Line, readConversation, shapeOf } from '../testing/conversation.ts';
import { type Desk, gid, rawId } from '../testing/desk.ts';
import { PlayedPeer, opened, shapesSaid } from '../testing/played-peer.ts';
import { recordConversation, writeConversation } from '../testing/record-conversation.ts';

/*
 * A runtime one version older keeps working. What it said and heard was recorded from the program of that time; it is played here to today's
 * gateway, which has to take every word of it and may say nothing that was not understood then.
 */
let bench: ApiBench;
let jun: Desk;
beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
});
afterAll(() => bench?.close());

/** THROUGHLINE_RECORD=file: writes down how today's runtime talks, for the day when it is the older one. */
const record = process.env.THROUGHLINE_RECORD;
if (record)
  it('records a conversation', async () => {
    const lines = await recordConversation(bench, jun, bench.northgate.clients.harbor.id);
    writeConversation(record, lines);
    expect(lines.length).toBeGreaterThan(40);
  }, 120_000);

it('a runtime of protocol 1 works as it was recorded: consent, commands, refusals, a broken wire, cancel, the end', async () => {
  const lines = readConversation(new URL('./recorded/protocol-1.jsonl', import.meta.url));
  const hello = lines.find((line) => line.from === 'runtime' && line.kind === 'message');
  const peer = new PlayedPeer(bench.url, (hello as { body: { at: number } }).body.at);
  const play = player(peer);
  for (const line of lines) await play.line(line);

  const states = await bench.rows<{ state: string }>(
    'select state from command where session_id = $1 order by proposed_at',
    [play.sessionId()],
  );
  expect(states.map((row) => row.state)).toEqual(['completed_with_errors', 'refused', 'denied', 'cancelled']);
  const known = shapesSaid(
    lines.flatMap((line) => (line.from === 'gateway' && line.kind === 'message' ? [line.body] : [])),
  );
  for (const message of peer.heard) expect(known, JSON.stringify(message)).toContain(shapeOf(opened(message)));
}, 60_000);

/** Does again what the recording says the desk and the runtime did, and waits for what the gateway answered. */
function player(peer: PlayedPeer) {
  let sessionId = '';
  let endpointId = '';
  let enrolled: unknown;
  const desk = async (does: string, input: Record<string, unknown>) => {
    if (does === 'start') {
      const asked = {
        endpointId: gid('Endpoint', endpointId),
        title: 'Certificate warning',
        reason: 'to look into it',
      };
      sessionId = rawId((await jun.must('startSession', asked)).id as string);
    } else if (does === 'propose')
      await jun.must('proposeCommand', { sessionId: gid('Session', sessionId), shell: 'bash', ...input });
    else if (does === 'cancel')
      await jun.must('cancelCommand', { commandId: gid('Command', peer.named(input.of as string)) });
    else throw new Error(`the recording has the desk do “${does}”, which this test cannot`);
  };
  const enrol = async (body: object) => {
    const by = bench.desk(bench.northgate.people.ada);
    const client = gid('Client', bench.northgate.clients.harbor.id);
    const made = await by.must('createEnrollmentToken', { clientId: client }, '... on EnrollmentToken { token }');
    const answer = await fetch(`${bench.url}/agent/enroll`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, token: made.token, publicKey: peer.publicKey }),
    });
    expect(answer.status).toBe(201);
    enrolled = await answer.json();
    endpointId = (enrolled as { endpointId: string }).endpointId;
  };
  return {
    sessionId: () => sessionId,
    async line(line: Line): Promise<void> {
      if (line.from === 'desk') return desk(line.does, line.input);
      if (line.from === 'gateway') {
        if (line.kind === 'message') return peer.expects(line);
        expect(shapeOf(enrolled)).toBe(shapeOf(line.body));
        return peer.learn(line.body, enrolled);
      }
      if (line.kind === 'enrol') return enrol(line.body as object);
      if (line.kind === 'connect') return peer.connect();
      if (line.kind === 'cut') return peer.cut();
      if (line.kind === 'output') return peer.output(line.body as string);
      peer.says(line.body);
    },
  };
}
