import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsentStore } from '@throughline/agent/consent-store';
import type { Identity } from '@throughline/agent/identity';
import { type OrderContext, checkOrder } from '@throughline/agent/order-check';
import { zLocalPolicy } from '@throughline/agent/local-policy';
import { sha256 } from '@throughline/agent/sha256';
import { TestEndpoint } from '@throughline/agent/testing/endpoint';
import { FakeGateway } from '@throughline/agent/testing/fake-gateway';
import { createRiskAssessor } from '@throughline/api/risk/risk-parser';
import { actionHash } from '@throughline/domain/action';
import { type Envelope, envelopeBytes } from '@throughline/domain/envelope';
import type { GatewayMessage } from '@throughline/domain/agent-protocol';
import { FORGERIES, type Forgery } from './forgeries.ts';
import type { Random } from './random.ts';
import { type FaultContext, rounds } from './row.ts';

type Command = Extract<GatewayMessage, { type: 'command' }>;

const stranger = generateKeyPairSync('ed25519').privateKey;

/** S3: orders that must not run, against the runtime's own check and against a real runtime. */
export async function forgedOrders(context: FaultContext): Promise<void> {
  const lab = mkdtempSync(join(tmpdir(), 'throughline-s3-'));
  context.atEnd(() => rmSync(lab, { recursive: true, force: true }));
  const gateway = await FakeGateway.start();
  context.atEnd(() => gateway.stop());
  const checker = await checkerOf(gateway, lab);
  await context.row('S3 order check', async (row, random) => {
    let good = 0;
    await rounds(row, context.times(10_000), async (number) => {
      const forgery = FORGERIES[number % FORGERIES.length]!;
      const verdict = await checkOrder(checker.context, checker.forge(forgery, random));
      row.n++;
      if (verdict.ok) row.failures.push(`round ${number}: ${forgery.name} was accepted`);
      else if (verdict.code !== forgery.code)
        row.failures.push(
          `round ${number}: ${forgery.name} was refused as ${verdict.code}, not ${forgery.code}: ${verdict.message}`,
        );
      // Now and then a true one, so that a check which refuses everything does not pass.
      if (number % 50 !== 0) return;
      const honest = await checkOrder(checker.context, checker.forge({ name: 'true', code: '' }, random));
      if (honest.ok) good++;
      else row.failures.push(`round ${number}: a true order was refused: ${honest.message}`);
    });
    Object.assign(row.figures, { kinds: FORGERIES.length, 'true ones accepted': good });
  });
  const endpoint = new TestEndpoint(gateway);
  context.atEnd(() => endpoint.remove());
  await endpoint.enroll();
  await endpoint.start();
  await endpoint.consent();
  await context.row('S3 real runtime', async (row, random) => {
    const ran = join(lab, 'ran');
    // Signed by the gateway's key only, so what needs another spelling under it is left to the check above.
    const kinds = FORGERIES.filter((forgery) => !forgery.respell);
    await rounds(row, Math.max(kinds.length, context.times(10_000) / 30), async (number) => {
      const forgery = kinds[number % kinds.length]!;
      const { change, tamper } = forgery;
      const message = gateway.envelope({
        script: `: > ${ran}`,
        counter: gateway.counter + 10,
        ...(change ? { change: (envelope) => change(envelope, random) } : {}),
        ...(tamper ? { tamper: (bytes) => tamper(bytes, random) } : {}),
      });
      gateway.counter += 10;
      const sent = broughtBy(message, forgery);
      gateway.send(sent);
      const stored = await gateway.ended(gateway.command(sent.commandId));
      row.n++;
      if (stored.refusal?.code !== forgery.code)
        row.failures.push(
          `round ${number}: ${forgery.name} came back as ${stored.refusal?.code ?? 'not refused'}, not ${forgery.code}`,
        );
      if (existsSync(ran)) throw new Error(`${forgery.name} was run`);
    });
    const last = await gateway.ended(gateway.order({ script: 'echo true one' }));
    if (last.stdout.toString() !== 'true one\n') row.failures.push('a true order did not run behind the forged ones');
    row.figures.kinds = kinds.length;
  });
}

function broughtBy(message: Command, forgery: Forgery): Command {
  const bytes = Buffer.from(message.envelope, 'base64');
  const signature =
    forgery.signature === 'stranger'
      ? sign(null, bytes, stranger).toString('base64')
      : forgery.signature === 'broken'
        ? Buffer.alloc(64, 7).toString('base64')
        : message.signature;
  return { ...message, signature, commandId: forgery.otherCommand ? randomUUID() : message.commandId };
}

/** The runtime's check by itself, with true keys and a consent given at its page. */
async function checkerOf(gateway: FakeGateway, lab: string) {
  const assessor = await createRiskAssessor();
  const keys = generateKeyPairSync('ed25519');
  const prompt = gateway.prompt();
  const consent = new ConsentStore(join(lab, 'consent.ndjson'));
  const at = Date.now();
  const { approvalId } = prompt;
  consent.append({ type: 'prompt', prompt, at });
  consent.append({
    type: 'answered',
    approvalId,
    decision: 'approve',
    reason: '',
    account: 'olivia',
    signature: '',
    at,
  });
  consent.append({ type: 'decided', approvalId, counted: true, message: '', at });
  const context: OrderContext = {
    identity: { ...gateway.ids } as unknown as Identity,
    verify: (bytes, signature) => verify(null, bytes, keys.publicKey, Buffer.from(signature, 'base64')),
    journal: { counter: 5, isUsed: () => false },
    consent,
    policy: () => zLocalPolicy.parse({}),
    pins: () => null,
    judge: (shell, script) => Promise.resolve(assessor.assess(shell, script)),
    now: Date.now,
    clockOffset: 0,
    pendingWaitMs: 0,
  };
  const forge = (forgery: Forgery, random: Random): Command => {
    const spec = {
      shell: 'bash' as const,
      script: `echo ${random.between(1, 1e9)}`,
      cwd: null,
      runAs: { kind: 'runtime' as const },
      timeoutMs: 60_000,
    };
    const draft: Envelope = {
      ...{
        v: 1 as const,
        ...gateway.ids,
        sessionId: gateway.sessionId,
        commandId: randomUUID(),
        counter: random.between(6, 1e6),
      },
      ...spec,
      ...{
        notBefore: Date.now() - 1_000,
        notAfter: Date.now() + 60_000,
        risk: 'read_only' as const,
        technician: 'Jun Park',
      },
      actionHash: actionHash(sha256, gateway.sessionId, gateway.ids.endpointId, spec),
      approvals: [{ id: approvalId, kind: 'session', hash: prompt.hash }],
    };
    const spelled = Buffer.from(envelopeBytes(forgery.change?.(draft, random) ?? draft));
    const bytes = forgery.respell ? Buffer.from(forgery.respell(spelled.toString(), random)) : spelled;
    const signature = sign(null, bytes, keys.privateKey).toString('base64');
    const sent = forgery.tamper?.(bytes, random) ?? bytes;
    const message: Command = {
      type: 'command',
      commandId: draft.commandId,
      envelope: Buffer.from(sent).toString('base64'),
      signature,
    };
    return broughtBy(message, forgery);
  };
  return { context, forge };
}
