import { createHmac } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A PSA that speaks the generic wire format: takes notes, lists notes, can be down, and can lose its answer after taking a note. */
export interface PsaServer {
  noteUrl: string;
  notes: { ticket: string; text: string }[];
  attempts: number;
  mood: 'up' | 'down' | 'takes_but_drops';
  stop(): Promise<void>;
}

export async function startPsaServer(secret: string): Promise<PsaServer> {
  const psa: PsaServer = { noteUrl: '', notes: [], attempts: 0, mood: 'up', stop: () => Promise.resolve() };
  const server: Server = createServer((req, res) => {
    psa.attempts += 1;
    const ticket = decodeURIComponent(/\/tickets\/([^/]+)\/notes/.exec(req.url ?? '')?.[1] ?? '');
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      if (req.headers.authorization !== `Bearer ${secret}`) return void res.writeHead(401).end();
      if (psa.mood === 'down') return void res.writeHead(503).end();
      if (req.method === 'GET') {
        const notes = psa.notes.filter((note) => note.ticket === ticket);
        return void res.setHeader('content-type', 'application/json').end(JSON.stringify({ notes }));
      }
      psa.notes.push({ ticket, text: (JSON.parse(body) as { text: string }).text });
      if (psa.mood === 'takes_but_drops') return void req.socket.destroy();
      res.writeHead(201).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  psa.noteUrl = `http://127.0.0.1:${port}/tickets/{id}/notes`;
  psa.stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return psa;
}

export interface TicketOptions {
  id: number;
  summary: string;
  client: string;
  device: string;
  requester?: string;
  priority?: string;
}

export const ticketBody = (ticket: TicketOptions): string =>
  JSON.stringify({
    event: 'ticket.created',
    ticket: {
      id: ticket.id,
      summary: ticket.summary,
      details: 'Since this morning, only this PC',
      client_name: ticket.client,
      user_name: ticket.requester ?? 'Olivia Hart',
      device: ticket.device,
      priority: ticket.priority ?? 'Normal',
    },
  });

/** Sends a ticket as the generic HMAC scheme wants it. */
export function sendTicket(
  webhookUrl: string,
  secret: string,
  deliveryId: string,
  body: string,
  signature?: string,
): Promise<Response> {
  const signed = signature ?? `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const headers = { 'content-type': 'application/json', 'x-signature': signed, 'x-delivery-id': deliveryId };
  return fetch(webhookUrl, { method: 'POST', headers, body });
}

/** Sends a ticket by the Standard Webhooks scheme. */
export function sendStandardTicket(
  webhookUrl: string,
  secret: string,
  id: string,
  body: string,
  at = Date.now(),
): Promise<Response> {
  const timestamp = String(Math.floor(at / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
  return fetch(webhookUrl, { method: 'POST', headers, body });
}
