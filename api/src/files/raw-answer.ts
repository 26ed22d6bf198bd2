import { DomainError, isDomainError, notFound } from '@throughline/domain/errors';
import { decodeGlobalID } from '@pothos/plugin-relay';
import type { Request, Response } from 'express';
import { sendError, statusOf } from '../auth/http-error.ts';
import { type Viewer, viewerOf } from '../auth/viewer.ts';
import { byteRange } from '../byte-range.ts';
import type { Deps } from '../deps.ts';

/* What the routes share that give raw bytes of the record, or take them. */

/** What one transaction reads; a longer answer is sent in such slices. */
const SLICE = 1024 * 1024;

/** Answers somebody who is signed in; an expected failure in its own words. */
export async function answering(
  deps: Pick<Deps, 'pool'>,
  req: Request,
  res: Response,
  send: (viewer: Viewer) => Promise<void>,
): Promise<void> {
  await inWords(res, async () => {
    const viewer = await viewerOf(deps.pool, req);
    if (viewer === null) throw new DomainError('UNAUTHENTICATED', 'Sign in first.');
    await send(viewer);
  });
}

export async function inWords(res: Response, send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (!isDomainError(error) || res.headersSent) throw error;
    sendError(res, statusOf(error.code), error.code, error.message);
  }
}

export interface RawBytes {
  total: number;
  /** Only of what is whole and stays: else a part of one thing could be joined to another. */
  etag: string | undefined;
  read: (from: number, length: number) => Promise<Buffer>;
  /** Set for a download: what it is saved as. */
  fileName?: string | undefined;
}

/** The whole or the asked part (Range). Never lets a browser guess a type: what an endpoint sends is hostile. */
export async function sendBytes(req: Request, res: Response, { total, etag, read, fileName }: RawBytes): Promise<void> {
  const part = byteRange(req.headers, total, etag);
  res.set({
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    'x-total-bytes': String(total),
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    ...(etag !== undefined && { etag }),
  });
  if (part === 'unsatisfiable') {
    res.status(416).set('content-range', `bytes */${total}`).end();
    return;
  }
  const { from, to } = part ?? { from: 0, to: total };
  if (part !== null) res.status(206).set('content-range', `bytes ${from}-${to - 1}/${total}`);
  if (fileName !== undefined) res.set('content-disposition', disposition(fileName));
  res.set('content-length', String(to - from));
  if (req.method !== 'HEAD')
    for (let at = from; at < to && !res.destroyed; at += SLICE)
      await written(res, await read(at, Math.min(SLICE, to - at)));
  res.end();
}

/** RFC 6266: a plain name for old programs, the true one in UTF-8. Quotes, backslashes and line ends never get into the header. */
function disposition(fileName: string): string {
  const plain = fileName.replaceAll(/[^\w .()+,;=@-]/g, '_');
  if (plain === fileName) return `attachment; filename="${plain}"`;
  const encoded = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/** Waits until there is room for more, or until nobody reads any more. */
async function written(res: Response, bytes: Buffer): Promise<void> {
  if (res.write(bytes) || res.destroyed) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      res.off('drain', go).off('close', go);
      resolve();
    };
    res.on('drain', go).on('close', go);
  });
}

/** The UUID in one of our own ids of this type; anything else is not found, like every id that leads nowhere. */
export function localId(globalId: unknown, type: string): string {
  const found = typeof globalId === 'string' ? safeDecode(globalId) : null;
  if (found?.typename !== type || !/^[0-9a-f-]{36}$/.test(found.id)) throw notFound(type);
  return found.id;
}

function safeDecode(globalId: string): { typename: string; id: string } | null {
  try {
    return decodeGlobalID(globalId);
  } catch {
    return null; // Not one of ours: told as not found.
  }
}
