import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Kept outside the repository, because it takes minutes and half a gigabyte. */
const KEPT = join(homedir(), '.cache/throughline/vm');
const RECIPE = fileURLToPath(new URL('make-image.sh', import.meta.url));

/** Who is root by `su` may have a path without the tools of root. */
const ENVIRONMENT = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };

/** Files that a virtual machine is started from. The disk is only read; each machine writes into a file of its own. */
export interface VmImage {
  disk: string;
  kernel: string;
  initrd: string;
  /** Lets root in by ssh. */
  key: string;
}

/** What this computer lacks to start a virtual machine, as a sentence, or null. */
export function lacksForVm(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'it needs Linux on x86-64';
  const image = existsSync(folderOf('disk.raw'));
  const programs = [
    'qemu-system-x86_64',
    'qemu-img',
    'ssh',
    ...(image ? [] : ['debootstrap', 'mkfs.ext4', 'ssh-keygen']),
  ];
  const missing = programs.filter((program) => !isThere(program));
  if (missing.length > 0)
    return `missing here: ${missing.join(', ')} (apt-get install debootstrap qemu-system-x86 qemu-utils openssh-client)`;
  return image || process.getuid?.() === 0 ? null : 'making the machine’s disk needs root, once';
}

/** The image, made when there is none of this recipe yet. */
export async function vmImage(say: (line: string) => void): Promise<VmImage> {
  const image = {
    disk: folderOf('disk.raw'),
    kernel: folderOf('kernel'),
    initrd: folderOf('initrd'),
    key: folderOf('key'),
  };
  if (existsSync(image.disk)) return image;
  say('making a Debian with systemd to start (debootstrap, some minutes, once)');
  mkdirSync(KEPT, { recursive: true });
  const making = mkdtempSync(join(KEPT, 'making-'));
  try {
    await promisify(execFile)('sh', [RECIPE, making], { env: ENVIRONMENT, maxBuffer: 64 * 1024 ** 2 });
    renameSync(making, folderOf());
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return image;
}

function folderOf(file = ''): string {
  const recipe = createHash('sha256').update(readFileSync(RECIPE)).digest('hex').slice(0, 12);
  return join(KEPT, recipe, file);
}

function isThere(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { env: ENVIRONMENT, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
