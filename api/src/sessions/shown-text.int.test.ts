import { createHash } from 'node:crypto';
import type { Prompt } from '@throughline/domain/agent-protocol';
import { promptLines, textOf } from '@throughline/domain/prompt/prompt-text';
import type { ShownPrompt } from '@throughline/domain/prompt/shown-prompt';
import { verifyBundle } from '@throughline/domain/verify-bundle';
import { exportSession } from '@throughline/store/export-store';
import { withTenant } from '@throughline/store/tenant';
import { verifyDeps } from '@throughline/store/verify-deps';
import { waitFor } from '@throughline/infra/testing/wait-for';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from '../testing/api-bench.ts';
import { type Desk, gid } from '../testing/desk.ts';
import type { ScriptedRuntime } from '../testing/scripted-runtime.ts';

let bench: ApiBench;
let jun: Desk;
let runtime: ScriptedRuntime;
let sessionId: string;

beforeAll(async () => {
  bench = await openApiBench();
  jun = bench.desk(bench.northgate.people.jun);
  runtime = await bench.enrol(bench.northgate.clients.harbor.id, 'SHOWN-1');
  expect(await runtime.connect()).toBe('welcome');
  sessionId = await bench.started(jun, runtime);
});
afterAll(() => bench?.close());

/** What a page shows of a question, as a runtime signs it. */
function pageOf(prompt: Prompt): { text: string; shown: ShownPrompt } {
  const text = textOf(
    promptLines({ prompt, offer: null, consentAt: null }, { locale: 'es-MX', timeZone: 'America/Chicago' }),
  );
  const textHash = createHash('sha256').update(text).digest('hex');
  const now = Date.now();
  const times = { askedAt: now - 20, shownAt: now - 10 };
  return { text, shown: { language: 'es', textHash, channel: 'loopback_page', ...times, locked: null } };
}
const asked = (kind: string, script: string | null) =>
  runtime
    .hears('prompt', (m) => m.prompt.sessionId === sessionId && m.prompt.kind === kind && m.prompt.command === script)
    .then((m) => m.prompt);
const answers = (approvalId: string) => runtime.all('decided').filter((m) => m.approvalId === approvalId);
const propose = (script: string) =>
  jun.must('proposeCommand', { sessionId: gid('Session', sessionId), shell: 'bash', script, reason: 'the VPN hangs' });
const bundle = () =>
  withTenant(bench.deps.pool, { mspId: bench.northgate.mspId, clients: '*' }, (tx) =>
    exportSession(tx, { mspId: bench.northgate.mspId, clients: '*' }, sessionId),
  );

it('F046 keeps word for word what the page showed, its hash, its language and both clocks, and the record verifies', async () => {
  const consent = await asked('session', null);
  expect(consent.keepsText).toBe(true);
  runtime.say({ type: 'shown', approvalId: consent.approvalId, at: Date.now() });
  const page = pageOf(consent);
  runtime.decide(consent.approvalId, 'approve', page);
  await waitFor('the answer', () => answers(consent.approvalId).find((m) => m.counted));

  const script = 'systemctl restart vpn # ñ';
  await propose(script);
  const prompt = await asked('action', script);
  expect(prompt.reasons).toMatchObject([{ risk: 'change', words: expect.stringContaining('vpn'), start: 0, end: 21 }]);
  runtime.decide(prompt.approvalId, 'deny', { ...pageOf(prompt), reason: 'Ahora no' });
  await waitFor('the answer', () => answers(prompt.approvalId).find((m) => m.counted));

  const entries = await waitFor('both answers on the record', async () => {
    const rows = await bench.rows<{ payload: Buffer }>(
      `select p.payload from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
       where e.session_id = $1 and e.kind = 'approval_decided' order by e.seq`,
      [sessionId],
    );
    return rows.length === 2 ? rows : undefined;
  });
  const [allowed, denied] = entries.map(({ payload }) => JSON.parse(payload.toString()) as Record<string, never>);
  expect(allowed).toMatchObject({
    account: 'olivia',
    channel: 'endpoint_prompt',
    shown: { ...page.shown, text: page.text, askedAt: expect.any(String), shownAt: expect.any(String) },
  });
  expect(allowed?.shown).toMatchObject({
    askedAt: new Date(page.shown.askedAt).toISOString(),
    heardShownAt: expect.stringMatching(/Z$/),
    heardAt: expect.stringMatching(/Z$/),
  });
  expect(denied?.shown).toMatchObject({ text: expect.stringContaining(`\n${script}\n`), heardShownAt: null });
  const report = verifyBundle(await bundle(), verifyDeps);
  expect(report.faults).toEqual([]);
});

it.each([
  [
    'another text than the one it names',
    (page: ReturnType<typeof pageOf>) => ({ ...page, text: `${page.text}!` }),
    /names another text/,
  ],
  ['no text', ({ shown }: ReturnType<typeof pageOf>) => ({ shown }), /does not say what was shown/],
  ['a text without the command', () => forged('Approve?'), /does not hold the command/],
  ['neither text nor hash', () => ({ bare: true as const }), /does not say what was shown/],
  [
    'a signature of something else',
    (page: ReturnType<typeof pageOf>) => ({ ...page, signature: Buffer.alloc(64).toString('base64') }),
    /not signed by this computer/,
  ],
])(
  'F046 refuses a yes that comes with %s, keeps it on the record, and the question stays open',
  async (name, change, why) => {
    const script = `systemctl restart vpn # ${name}`;
    await propose(script);
    const prompt = await asked('action', script);
    runtime.decide(prompt.approvalId, 'approve', change(pageOf(prompt)));
    const answer = await waitFor('the answer', () => answers(prompt.approvalId)[0]);
    expect(answer).toMatchObject({ counted: false, message: expect.stringMatching(why) });
    expect(await ignoredAnswers(prompt.approvalId)).toEqual([
      {
        decision: 'approve',
        why: expect.stringMatching(why),
        actor: /signed/.test(why.source) ? 'endpoint' : 'end_user',
      },
    ]);
    const [row] = await bench.rows<{ state: string }>('select state from approval_request where id = $1', [
      prompt.approvalId,
    ]);
    expect(row?.state).toBe('waiting');
    // Asked anew, after the refusal: so a second answer may be given, and counts.
    const anew = await waitFor('the question again', () => {
      const heard = runtime.heard;
      const refusal = heard.findIndex((m) => m.type === 'decided' && m.approvalId === prompt.approvalId);
      return heard.slice(refusal).find((m) => m.type === 'prompt' && m.prompt.approvalId === prompt.approvalId);
    });
    expect(anew).toMatchObject({ prompt: { hash: prompt.hash } });
    runtime.decide(prompt.approvalId, 'approve', pageOf(prompt));
    await waitFor('the answer that counts', () => answers(prompt.approvalId).find((m) => m.counted));
  },
);

it('F046 a no counts without a word of what was shown', async () => {
  await propose('systemctl restart vpn # no');
  const prompt = await asked('action', 'systemctl restart vpn # no');
  runtime.decide(prompt.approvalId, 'deny');
  await waitFor('the answer that counts', () => answers(prompt.approvalId).find((m) => m.counted));
  expect(await ignoredAnswers(prompt.approvalId)).toEqual([]);
});

/** Answers to a question that the record keeps as ones without effect. */
const ignoredAnswers = (approvalId: string) =>
  bench.rows(
    `select t.body->>'decision' as decision, t.body->>'why' as why, t.kind as actor
     from (select convert_from(p.payload, 'utf8')::json as body, convert_from(e.header, 'utf8')::json->'actor'->>'kind' as kind
           from transcript_entry e join transcript_payload p using (msp_id, session_id, seq)
           where e.session_id = $1 and e.kind = 'approval_ignored') t
     where t.body->>'approvalId' = $2`,
    [sessionId, approvalId],
  );

/** A text with its right hash. */
function forged(text: string): { text: string; shown: ShownPrompt } {
  const at = Date.now();
  const textHash = createHash('sha256').update(text).digest('hex');
  return {
    text,
    shown: { language: 'en', textHash, channel: 'loopback_page', askedAt: at, shownAt: at, locked: null },
  };
}
