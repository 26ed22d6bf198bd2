import { connect, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** A gateway before a gRPC server, as companies have them: it lets some calls through and refuses others. */
export interface Gate {
  /** host:port */
  address: string;
  close(): void;
}

/** `refuse` says why a call is not let through, or null. PERMISSION_DENIED is what the caller hears. */
export async function gateBefore(
  address: string,
  refuse: (method: string, headers: IncomingHttpHeaders) => string | null,
): Promise<Gate> {
  const inner = connect(`http://${address}`);
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const method = String(headers[':path']).split('/').at(-1) ?? '';
    const why = refuse(method, headers);
    if (why !== null) {
      const answer = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '7', 'grpc-message': why };
      return stream.respond(answer, { endStream: true });
    }
    const asked = inner.request(headers);
    stream.pipe(asked);
    let trailers: IncomingHttpHeaders = {};
    asked.on('trailers', (sent: IncomingHttpHeaders) => (trailers = sent));
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    asked.on('response', (sent, flags) => {
      const over = (flags & 1) === 1; // END_STREAM: an error without a body
      stream.respond(sent, over ? { endStream: true } : { waitForTrailers: true });
      if (!over) asked.pipe(stream);
    });
    // A caller that leaves in the middle ends its own call, not the gate.
    for (const side of [stream, asked]) side.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      inner.destroy();
    },
  };
}
