import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Creates a file once, readable by its owner only, whole or not at all: two processes that race both end up with the first one's content. */
export async function secretFile(path: string, make: () => Buffer | string): Promise<Buffer> {
  if (!existsSync(path)) {
    const unfinished = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    try {
      const file = await open(unfinished, 'wx', 0o600);
      await file.writeFile(make());
      await file.sync();
      await file.close();
      await link(unfinished, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new Error(`The key file ${path} could not be written. Check the folder's rights and free space.`, {
          cause: error,
        });
    } finally {
      await rm(unfinished, { force: true });
    }
  }
  return readFile(path);
}

export async function keysFolder(dataDir: string): Promise<string> {
  const folder = join(dataDir, 'keys');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** The key that seals secrets at rest. */
export const sealingKey = (folder: string): Promise<Buffer> =>
  secretFile(join(folder, 'sealing.key'), () => randomBytes(32));
