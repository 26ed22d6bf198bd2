import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import { DomainError } from '@throughline/domain/errors';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { type DataFolder, writeDurably } from './data-folder.ts';
import { ownEnvironment } from './env.ts';
import { proxyFor } from './proxy-environment.ts';

/** How to get to the server: through which proxy, and whose certificates are believed. Fits the options of `request` and of WebSocket. */
export interface Road {
  agent?: Agent;
  ca?: string[];
}

export function roadTo(address: string, folder: Pick<DataFolder, 'ca'>): Road {
  const ca = authorities(folder);
  const proxy = proxyFor(address, ownEnvironment);
  return {
    ...(ca ? { ca } : {}),
    // A tunnel (CONNECT) also for plain http: a WebSocket gets through nothing else.
    ...(proxy ? { agent: new HttpsProxyAgent(proxy, ca ? { ca } : {}) } : {}),
  };
}

/** The proxy on the way, without what may be secret in its address. */
export function proxyName(address: string): string | null {
  const proxy = proxyFor(address, ownEnvironment);
  return proxy && new URL(proxy).host;
}

/** Keeps the authorities of a file (PEM) beside the identity, so that the service needs no setting for them. */
export function keepAuthorities(folder: Pick<DataFolder, 'ca'>, file: string): void {
  const bad = (why: string, cause?: unknown) =>
    new DomainError('INVALID_INPUT', `--ca ${file} ${why}. Give a file with certificates in PEM form.`, {}, { cause });
  if (!existsSync(file)) throw bad('does not exist');
  const text = readFileSync(file, 'utf8');
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (!certificates) throw bad('holds no certificate');
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (cause) {
    throw bad('holds a certificate that cannot be read', cause);
  }
  writeDurably(folder.ca, `${certificates.join('\n')}\n`, 0o644);
}

/** Null: those that Node believes by itself, NODE_EXTRA_CA_CERTS among them. A list of our own has to name these again. */
function authorities(folder: Pick<DataFolder, 'ca'>): string[] | null {
  if (!existsSync(folder.ca)) return null;
  const extra = ownEnvironment.NODE_EXTRA_CA_CERTS;
  const more = extra && existsSync(extra) ? [readFileSync(extra, 'utf8')] : [];
  return [...rootCertificates, ...more, readFileSync(folder.ca, 'utf8')];
}

export interface Answer {
  status: number;
  text: string;
}

/** One request over the road. Rejects when there is no answer within the time. */
export function ask(
  address: string,
  road: Road,
  options: { method: 'GET' | 'POST'; body?: string; withinMs: number },
): Promise<Answer> {
  const { method, body, withinMs } = options;
  const request = address.startsWith('https:') ? httpsRequest : httpRequest;
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(withinMs);
    const asked = request(address, { ...road, method, headers, signal }, (response) => {
      textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
