import { z } from 'zod';

/*
 * A file sent to an endpoint or fetched from it. It travels as a command: approved by its hash, ordered once, recorded. What a person is
 * shown as the command's text is made from these fields alone, and the runtime makes it again before it obeys.
 */

/** What a reader would not see, or see elsewhere than it stands: control characters, odd spaces, marks that turn the direction of writing. */
const UNSEEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff]/u;
const POSIX = /^\/(?:[^/]+\/)*[^/]+$/;
const WINDOWS = /^[A-Za-z]:\\(?:[^\\/:*?"<>|]+\\)*[^\\/:*?"<>|]+$/;

/** Whole and plain: one path has one spelling, and it names a file. */
export const zFilePath = z
  .string()
  .max(4096, 'The path is longer than 4096 characters.')
  .refine(
    (path) => POSIX.test(path) || WINDOWS.test(path),
    'Give the whole path of the file, such as /etc/ssl/certs/office.crt or C:\\Users\\Public\\office.crt.',
  )
  .refine((path) => !UNSEEN.test(path), 'The path holds a character that cannot be seen. Type it anew.')
  .refine((path) => parts(path).every((part) => part !== '.' && part !== '..'), 'Give the path without . and ..')
  .refine(
    (path) => parts(path).every((part) => part === part.trim()),
    'A part of the path begins or ends with a space.',
  );
const parts = (path: string): string[] => path.split(/[/\\]/);

export const zSha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal');

export const DIRECTIONS = ['to_endpoint', 'from_endpoint'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export const zFileTransfer = z.discriminatedUnion('direction', [
  z.strictObject({
    direction: z.literal('to_endpoint'),
    path: zFilePath,
    bytes: z.number().int().nonnegative(),
    sha256: zSha256,
    /** Replaces a file that is there. Without it such a file is a refusal. */
    overwrite: z.boolean(),
  }),
  z.strictObject({
    direction: z.literal('from_endpoint'),
    path: zFilePath,
    /** A larger file is not read. */
    maxBytes: z.number().int().positive(),
  }),
]);
export type FileTransfer = z.infer<typeof zFileTransfer>;

/** What a file was, once it is over. */
export interface FileSum {
  bytes: number;
  sha256: string;
}

/** Unless the server's owner sets another: what one file may hold. */
export const MAX_FILE_BYTES = 512 * 1024 * 1024;
/** What is uploaded at once; an upload goes on behind the last whole piece. */
export const PIECE_BYTES = 1024 * 1024;
/** A slow line needs longer than a command does. */
export const FILE_TIMEOUT_MS = 60 * 60_000;

/** The command's text: what the card, the prompt and the search show. */
export function fileScript(file: FileTransfer): string {
  if (file.direction === 'from_endpoint') return `Fetch file ${file.path} (at most ${file.maxBytes} bytes)`;
  const replacing = file.overwrite ? ', replacing any file of that name' : '';
  return `Put file ${file.path} (${file.bytes} bytes, sha256 ${file.sha256})${replacing}`;
}

/** All that a transfer which went well writes to stdout, so that the signed sum of stdout is a signature over the file's own sum. */
export const fileLine = (path: string, { bytes, sha256 }: FileSum): string => `${sha256}  ${bytes}  ${path}\n`;
