import type { RunAs } from '@throughline/domain/command';
import { DomainError, notFound } from '@throughline/domain/errors';
import { FILE_TIMEOUT_MS, type FileSum, type FileTransfer, fileScript } from '@throughline/domain/file-transfer';
import { commandById } from '@throughline/store/command-store';
import { endpointsByIds } from '@throughline/store/endpoint-store';
import { fileOfCommand } from '@throughline/store/file-store';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { uploadById } from '@throughline/store/upload-store';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { proposeCommand } from './propose.ts';
import { scopeOf, seenSession } from './viewer.ts';

export interface TransferInput {
  sessionId: string;
  path: string;
  runAs: RunAs;
  timeoutMs: number | null;
  reason: string;
  retryOf: string | null;
  idempotencyKey: string | null;
}

/** Proposes that a file is put on the endpoint: what the person uploaded for this session, or what an earlier transfer in it sent. */
export async function sendFile(
  deps: Deps,
  viewer: Viewer,
  input: TransferInput & { uploadId: string | null; overwrite: boolean },
): Promise<string> {
  const content = await withTenant(deps.pool, scopeOf(viewer), (tx) => contentOf(tx, viewer, input));
  const { path, overwrite } = input;
  return propose(deps, viewer, input, { direction: 'to_endpoint', path, ...content, overwrite });
}

/** Proposes that a file of the endpoint is copied into the record. */
export async function fetchFile(deps: Deps, viewer: Viewer, input: TransferInput): Promise<string> {
  return propose(deps, viewer, input, {
    direction: 'from_endpoint',
    path: input.path,
    maxBytes: deps.maxFileBytes,
  });
}

async function propose(deps: Deps, viewer: Viewer, input: TransferInput, file: FileTransfer): Promise<string> {
  const { sessionId, runAs, reason, retryOf, idempotencyKey } = input;
  const shell = await withTenant(deps.pool, scopeOf(viewer), (tx) => anyShell(tx, viewer, sessionId));
  return proposeCommand(deps, viewer, {
    sessionId,
    spec: {
      shell,
      script: fileScript(file),
      cwd: null,
      runAs,
      timeoutMs: input.timeoutMs ?? FILE_TIMEOUT_MS,
      file,
    },
    reason,
    retryOf,
    sendWithinMs: null,
    idempotencyKey,
  });
}

async function contentOf(
  tx: Tx,
  viewer: Viewer,
  { sessionId, uploadId, retryOf }: TransferInput & { uploadId: string | null },
): Promise<FileSum> {
  // First of all whether there is such a session for this person: nothing else of a foreign one is told.
  await seenSession(tx, viewer, sessionId);
  const scope = scopeOf(viewer);
  if (uploadId !== null) {
    const upload = await uploadById(tx, scope, uploadId);
    if (upload === null || upload.session_id !== sessionId || upload.user_id !== viewer.userId)
      throw notFound('Upload');
    if (!upload.done || upload.sha256 === null)
      throw new DomainError('INVALID_STATE', 'The file is not uploaded to its end yet. Wait for it, then send it.');
    return { bytes: upload.bytes, sha256: upload.sha256 };
  }
  if (retryOf === null) throw new DomainError('INVALID_INPUT', 'Choose a file to send.');
  const earlier = await commandById(tx, scope, retryOf);
  if (earlier === null || earlier.session_id !== sessionId) throw notFound('Command');
  const content = await fileOfCommand(tx, scope, earlier.id);
  if (content === null) throw notFound('File');
  return content;
}

/** No shell runs anything here; an order names one all the same, and it must be one that the computer has. */
async function anyShell(tx: Tx, viewer: Viewer, sessionId: string) {
  const session = await seenSession(tx, viewer, sessionId);
  const [endpoint] = await endpointsByIds(tx, scopeOf(viewer), [session.endpoint_id]);
  return endpoint?.facts?.shells[0]?.shell ?? 'sh';
}
