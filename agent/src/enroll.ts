import { hostname } from 'node:os';
import { PROTOCOL_VERSION, zEnrollRequest, zEnrolled } from '@throughline/domain/agent-protocol';
import { DomainError, isErrorCode } from '@throughline/domain/errors';
import { z } from 'zod';
import { savePins } from './approver-pins.ts';
import { type DataFolder, writeDurably } from './data-folder.ts';
import { endpointFacts } from './facts.ts';
import { type Identity, newKeyPair, saveIdentity } from './identity.ts';
import { ask, keepAuthorities, roadTo } from './road.ts';
import { systemdUnit } from './systemd-unit.ts';
import { AGENT_VERSION } from './version.ts';

const zRefusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Makes this computer's key, trades the one-time token for an identity and keeps both in the data folder. */
export async function enroll(
  folder: DataFolder,
  options: { server: string; token: string; name?: string; ca?: string },
): Promise<Identity> {
  const server = serverAddress(options.server);
  if (options.ca !== undefined) keepAuthorities(folder, options.ca);
  const keys = newKeyPair();
  const request = zEnrollRequest.parse({
    v: PROTOCOL_VERSION,
    token: options.token,
    hostname: options.name ?? hostname(),
    publicKey: keys.publicKey,
    agentVersion: AGENT_VERSION,
    facts: await endpointFacts(folder.root, options.name),
  });
  const { status, body } = await post(`${server}/agent/enroll`, request, folder);
  if (status < 200 || status > 299) throw refusal(status, body);
  const { approvers, ...enrolled } = zEnrolled.parse(body);
  // Before the identity: a computer that is enrolled into strong mode never runs without its approvers.
  if (approvers !== undefined) savePins(folder, { v: 1, strong: true, ...approvers });
  const identity: Identity = {
    v: 1,
    server,
    ...keys,
    hostname: request.hostname,
    enrolledAt: Date.now(),
    ...enrolled,
    ...(approvers === undefined ? {} : { strong: true as const }),
  };
  saveIdentity(folder, identity);
  writeDurably(folder.unit, systemdUnit(folder.root), 0o644);
  return identity;
}

/** The address without a slash at its end. Only http and https; plain http is for this computer and for tests. */
export function serverAddress(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new DomainError(
      'INVALID_INPUT',
      `“${text}” is not an address. Give --server as https://desk.example.com`,
      {},
      { cause },
    );
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new DomainError(
      'INVALID_INPUT',
      `The address begins with ${url.protocol}// . Give --server as https://desk.example.com`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** Whether what travels to this address can be read or changed on the way. */
export const isUnprotected = (server: string): boolean => {
  const url = new URL(server);
  return url.protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
};

async function post(address: string, body: unknown, folder: DataFolder): Promise<{ status: number; body: unknown }> {
  try {
    const options = { method: 'POST', body: JSON.stringify(body), withinMs: 30_000 } as const;
    const { status, text } = await ask(address, roadTo(address, folder), options);
    return { status, body: parsed(text) };
  } catch (cause) {
    const why = (cause as { code?: string }).code ?? String(cause);
    const advice = /CERT|SIGNATURE|SELF_SIGNED/.test(why)
      ? 'The certificate is of an authority this computer does not know: give it with --ca FILE'
      : 'Check the address and this computer’s network and proxy (HTTPS_PROXY)';
    throw new DomainError(
      'UNAVAILABLE',
      `The server at ${address} does not answer (${why}). ${advice}, then run the same command again: the token is still good.`,
      {},
      { cause },
    );
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page of something that is not the desk: the refusal says so.
    return null;
  }
}

function refusal(status: number, body: unknown): DomainError {
  if (status === 407)
    return new DomainError(
      'UNAVAILABLE',
      'The proxy on the way wants a sign-in. Set HTTPS_PROXY=http://user:password@proxy:port and run the same command again: the token is still good.',
    );
  const told = zRefusal.safeParse(body);
  if (!told.success)
    return new DomainError(
      'UNAVAILABLE',
      `The server refused to enrol (HTTP ${status}) without saying why. Is ${'--server'} the address of the desk?`,
    );
  const { code, message } = told.data.error;
  const advice =
    code === 'TOKEN_USED' || code === 'TOKEN_EXPIRED'
      ? ' Ask for a new enrolment command: each token works once and only for a short time.'
      : '';
  return new DomainError(isErrorCode(code) ? code : 'INVALID_STATE', `${message}${advice}`);
}
