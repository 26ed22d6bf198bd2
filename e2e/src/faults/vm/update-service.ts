import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOL_VERSION } from '@throughline/domain/agent-protocol';
import { runCli } from '../../harness/cli.ts';
import { patiently, pause } from '../patience.ts';
import { type InstalledService, UNIT } from './service.ts';
import { WITNESS } from './vm.ts';

/** What a broken release writes to the witness each time systemd starts it. */
export const TRIED = 'broken-release-tried';

/** Releases under a key of their own, taken by the service by hand. */
export class Releases {
  readonly #folder: string;
  readonly #service: InstalledService;

  private constructor(folder: string, service: InstalledService) {
    this.#folder = folder;
    this.#service = service;
  }

  static async open(folder: string, service: InstalledService): Promise<Releases> {
    const releases = new Releases(folder, service);
    await cli('new-release-key', '--out', join(folder, 'release.pem'));
    await service.vm.run('cat > /root/release.pub', { input: readFileSync(join(folder, 'release.pem.pub'), 'utf8') });
    return releases;
  }

  /** Our sources under another version. */
  async build(version: string): Promise<string> {
    const out = join(this.#folder, version);
    const { code, output } = await runCli(['run', 'agent:build', '--', '--out', out], 'npm', {
      THROUGHLINE_AGENT_VERSION: version,
    });
    if (code !== 0) throw new Error(`the build of ${version} failed:\n${output}`);
    return join(out, UNIT);
  }

  /** A program that says of itself what it should, and ends whenever it is to run. */
  broken(version: string): string {
    const file = join(this.#folder, `broken-${version}`);
    const said = JSON.stringify({ version, protocol: PROTOCOL_VERSION, platform: 'linux', arch: 'x64' });
    writeFileSync(
      file,
      `#!/bin/sh\n[ "$1" = self-check ] && echo '${said}' && exit\n[ "$1" = run ] && echo ${TRIED} > ${WITNESS}\nexit 1\n`,
    );
    chmodSync(file, 0o755);
    return file;
  }

  /** Signs the program and has the service take it. */
  async give(program: string): Promise<void> {
    const { vm } = this.#service;
    await cli('sign-release', '--key', join(this.#folder, 'release.pem'), '--program', program);
    await this.#service.bring(program, 'newer');
    await vm.run('cat > /root/newer.release.json', { input: readFileSync(`${program}.release.json`, 'utf8') });
    await vm.run(`${UNIT} update --from /root/newer --release-key /root/release.pub`);
  }

  /** By the words of `status`. */
  untilStatus(says: RegExp): Promise<unknown> {
    const { vm } = this.#service;
    const look = async () => {
      // Asking starts the whole program, which takes an emulated processor seconds that the update needs.
      await pause(10_000);
      return says.test(await vm.run(`${UNIT} status`));
    };
    return patiently(`status to say ${says}`, look, 900_000);
  }
}

async function cli(...args: string[]): Promise<void> {
  const { code, output } = await runCli(args);
  if (code !== 0) throw new Error(`${args[0]} failed:\n${output}`);
}
