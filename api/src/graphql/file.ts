import type { FileSum, FileTransfer } from '@throughline/domain/file-transfer';
import { fileOfCommand } from '@throughline/store/file-store';
import { localId } from '../files/raw-answer.ts';
import { type TransferInput, fetchFile, sendFile } from '../sessions/transfer.ts';
import { builder } from './builder.ts';
import { reading, viewerOf } from './context.ts';
import { FileDirection } from './enums.ts';
import { Command, Session } from './refs.ts';
import { runAsOf } from './run-as.ts';
import { orUserError } from './user-error.ts';

interface FileView {
  spec: FileTransfer;
  /** Null until its bytes are here. */
  held: FileSum | null;
}

const CommandFile = builder.objectRef<FileView>('CommandFile').implement({
  description: 'The file that a command sends or fetches.',
  fields: (t) => ({
    direction: t.field({ type: FileDirection, resolve: ({ spec }) => spec.direction }),
    path: t.string({ resolve: ({ spec }) => spec.path }),
    overwrite: t.boolean({ resolve: ({ spec }) => spec.direction === 'to_endpoint' && spec.overwrite }),
    bytes: t.float({
      nullable: true,
      description: 'null while it is not fetched yet',
      resolve: ({ spec, held }) => (spec.direction === 'to_endpoint' ? spec.bytes : (held?.bytes ?? null)),
    }),
    sha256: t.string({
      nullable: true,
      resolve: ({ spec, held }) => (spec.direction === 'to_endpoint' ? spec.sha256 : (held?.sha256 ?? null)),
    }),
    held: t.boolean({
      description: 'whether `/api/files/<command id>` gives it',
      resolve: ({ held }) => held !== null,
    }),
  }),
});

builder.objectField(Command, 'file', (t) =>
  t.field({
    type: CommandFile,
    nullable: true,
    resolve: async ({ id, spec: { file } }, _args, context) =>
      file === undefined
        ? null
        : { spec: file, held: await reading(context, (tx, scope) => fileOfCommand(tx, scope, id)) },
  }),
);

const shared = {
  runAs: 'Whose rights it has: as in ProposeCommandInput.',
  retryOf: 'The transfer that this one repeats.',
};
const SendFileInput = builder.inputType('SendFileInput', {
  description: 'Either uploadId (from `POST /api/uploads`), or retryOf: what that transfer sent.',
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    uploadId: t.id(),
    path: t.string({ required: true, description: 'The whole path on the endpoint, with the file’s name.' }),
    overwrite: t.boolean({ description: 'Replace a file that is there. Left out: refused.' }),
    runAs: t.string({ description: shared.runAs }),
    timeoutMs: t.int(),
    reason: t.string(),
    retryOf: t.globalID({ for: [Command], description: shared.retryOf }),
    idempotencyKey: t.string(),
  }),
});
const FetchFileInput = builder.inputType('FetchFileInput', {
  fields: (t) => ({
    sessionId: t.globalID({ required: true, for: [Session] }),
    path: t.string({ required: true }),
    runAs: t.string({ description: shared.runAs }),
    timeoutMs: t.int(),
    reason: t.string(),
    retryOf: t.globalID({ for: [Command], description: shared.retryOf }),
    idempotencyKey: t.string(),
  }),
});

builder.mutationFields((t) => ({
  sendFile: t.field({
    type: Command,
    description: 'Puts a file on the endpoint, once the person there said yes to exactly this file.',
    errors: orUserError('SendFileResult'),
    args: { input: t.arg({ type: SendFileInput, required: true }) },
    resolve: (_root, { input }, context) =>
      sendFile(context.deps, viewerOf(context), {
        ...transfer(input),
        uploadId: input.uploadId == null ? null : localId(input.uploadId, 'FileUpload'),
        overwrite: input.overwrite ?? false,
      }),
  }),
  fetchFile: t.field({
    type: Command,
    description: 'Copies a file of the endpoint into the record, once the person there said yes.',
    errors: orUserError('FetchFileResult'),
    args: { input: t.arg({ type: FetchFileInput, required: true }) },
    resolve: (_root, { input }, context) => fetchFile(context.deps, viewerOf(context), transfer(input)),
  }),
}));

function transfer(input: typeof FetchFileInput.$inferInput): TransferInput {
  return {
    sessionId: input.sessionId.id,
    path: input.path,
    runAs: runAsOf(input.runAs),
    timeoutMs: input.timeoutMs ?? null,
    reason: input.reason ?? '',
    retryOf: input.retryOf?.id ?? null,
    idempotencyKey: input.idempotencyKey ?? null,
  };
}
