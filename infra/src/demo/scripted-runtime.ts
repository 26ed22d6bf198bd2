import { createHash, randomUUID, sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  type AgentMessage,
  type CommandExit,
  type GatewayMessage,
  PROTOCOL_VERSION,
  zGatewayMessage,
} from '@throughline/domain/agent-protocol';
import { parseEnvelope } from '@throughline/domain/envelope';
import { outputChainNext, outputChainStart } from '@throughline/domain/output-chain';
import { STREAM, encodeBatch } from '@throughline/domain/output-frame';
import { toHex } from '@throughline/domain/bytes';
import { challengeBytes, decisionBytes, exitBytes } from '@throughline/domain/signed-bytes';
import { sha256 } from '@throughline/store/record-store';
import { WebSocket } from 'ws';
import { factsOf } from './house.ts';
import type { PlacedComputer } from './place.ts';

/** What a simulated endpoint answers: output by script. What is not in it writes nothing and ends with 0. */
export type Script = Readonly<Record<string, string>>;

export interface ScriptedRuntime {
  leave(): Promise<void>;
}

const JOIN_WITHIN_MS = 10_000;

/**
 * A simulated endpoint on the wire: speaks the real protocol with its own key, allows sessions, never answers for single changes, and replays
 * output from a script. Nothing runs anywhere; the record says "simulated endpoint".
 */
export async function joinScripted(url: string, computer: PlacedComputer, script: Script): Promise<ScriptedRuntime> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/agent`);
  const send = (message: AgentMessage) => socket.send(JSON.stringify(message));
  const signed = (bytes: Uint8Array) => sign(null, bytes, computer.key).toString('base64');
  const joinCounter = Date.now();
  const answered = new Set<string>();

  const hear = (message: GatewayMessage): void => {
    switch (message.type) {
      case 'challenge':
        return send({
          type: 'prove',
          signature: signed(challengeBytes(computer.runtimeId, joinCounter, message.nonce)),
        });
      case 'prompt': {
        const { approvalId, kind, hash } = message.prompt;
        // A prompt may come twice: by the news of it, and by catching up after the welcome.
        if (answered.has(approvalId)) return;
        answered.add(approvalId);
        send({ type: 'shown', approvalId, at: Date.now() });
        if (kind !== 'session') return;
        const said = {
          approvalId,
          decision: 'approve' as const,
          reason: '',
          account: computer.account,
          at: Date.now(),
          hash,
        };
        return send({ type: 'decision', ...said, signature: signed(decisionBytes(said)) });
      }
      case 'command': {
        const { commandId, script: text } = parseEnvelope(Buffer.from(message.envelope, 'base64'));
        return replay(commandId, Buffer.from(script[text] ?? ''));
      }
      case 'facts':
        return send({ type: 'facts', requestId: message.requestId, at: Date.now(), facts: factsOf(computer) });
      default:
        return;
    }
  };
  const replay = (commandId: string, bytes: Buffer): void => {
    const startedAt = Date.now();
    send({ type: 'accept', commandId, at: startedAt });
    send({ type: 'started', commandId, at: startedAt, start: startOf(computer) });
    let chain = outputChainStart(sha256, commandId);
    if (bytes.length > 0) {
      const frame = { seq: 1, stream: STREAM.stdout, offset: 0, at: startedAt, bytes };
      chain = outputChainNext(sha256, chain, frame);
      socket.send(encodeBatch({ commandId, frames: [frame] }, crc32));
    }
    const sum = (data: Buffer) => ({ bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') });
    const exit: CommandExit = {
      exitCode: 0,
      signal: null,
      timedOut: false,
      cancelled: false,
      startedAt,
      finishedAt: Date.now(),
      stdout: sum(bytes),
      stderr: sum(Buffer.alloc(0)),
      lastSeq: bytes.length > 0 ? 1 : 0,
      chainHead: toHex(chain),
      pipeLeaked: false,
      askedForInput: false,
      outputLimited: false,
      powershell: null,
    };
    send({ type: 'exit', commandId, exit, signature: signed(exitBytes(commandId, exit)) });
  };

  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${computer.name} could not join in ${JOIN_WITHIN_MS / 1000} s`)),
      JOIN_WITHIN_MS,
    );
    socket.on('error', reject);
    socket.on('open', () =>
      send({
        type: 'hello',
        v: PROTOCOL_VERSION,
        runtimeId: computer.runtimeId,
        agentVersion: 'simulated',
        bootId: randomUUID(),
        joinCounter,
        facts: factsOf(computer),
        at: Date.now(),
        open: [],
      }),
    );
    socket.on('message', (data: Buffer) => {
      const message = zGatewayMessage.parse(JSON.parse(data.toString('utf8')));
      if (message.type === 'bye') return reject(new Error(`${computer.name} was refused: ${message.message}`));
      hear(message);
      if (message.type !== 'welcome') return;
      clearTimeout(timer);
      resolve();
    });
  });
  return {
    async leave() {
      const gone = new Promise((resolve) => socket.once('close', resolve));
      socket.close(1000);
      await gone;
    },
  };
}

const startOf = (computer: PlacedComputer) => ({
  pid: 4_321,
  effectiveUser: 'NT AUTHORITY\\SYSTEM',
  cwd: 'C:\\Windows\\System32',
  shellPath: factsOf(computer).shells[0]?.path ?? 'powershell',
  shellVersion: factsOf(computer).shells[0]?.version ?? '',
  resolvedPath: null,
  path: 'C:\\Windows\\system32;C:\\Windows',
  environment: { COMPUTERNAME: computer.name, OS: 'Windows_NT' },
  arch: 'x64',
  executionPolicy: 'RemoteSigned',
});
