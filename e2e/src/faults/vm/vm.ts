import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@throughline/infra/embedded/ports';
import { patiently, pause } from '../patience.ts';
import type { VmImage } from './vm-image.ts';

/** The emulated processor is some thirty times slower than this one, and this one may be busy. */
const BOOT_MS = 420_000;
const RUN_MS = 180_000;

/** Where a machine reaches this computer's own 127.0.0.1. */
export const HOST = '10.0.2.2';
/** In the machine: what is written here is at once in this computer's file, whatever becomes of the machine. */
export const WITNESS = '/dev/ttyS1';

/** A throw-away machine with a kernel, a disk and a systemd of its own. */
export class Vm {
  readonly folder = mkdtempSync(join(tmpdir(), 'tl-vm-'));
  readonly #image: VmImage;
  readonly #port: number;
  #qemu: ChildProcess | null = null;

  private constructor(image: VmImage, port: number) {
    this.#image = image;
    this.#port = port;
  }

  static async open(image: VmImage): Promise<Vm> {
    const vm = new Vm(image, await freePort());
    // qcow2, because like a true disk it holds back what nobody asked to be flushed: that is lost when its process is killed.
    const base = ['-b', image.disk, '-F', 'raw'];
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...base, join(vm.folder, 'disk.qcow2')]);
    await vm.boot();
    return vm;
  }

  /** Starts it and waits until systemd says that it is up. Resolves with the seconds that took. */
  async boot(): Promise<number> {
    const began = performance.now();
    const { kernel, initrd } = this.#image;
    const words = 'root=/dev/vda rw console=ttyS0 panic=-1 quiet mitigations=off net.ifnames=0 random.trust_cpu=on';
    const qemu = spawn(
      'nice',
      [
        ...['-n', '10', 'qemu-system-x86_64', '-accel', 'tcg', '-cpu', 'Nehalem', '-smp', '1', '-m', '1024'],
        ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
        ...['-kernel', kernel, '-initrd', initrd, '-append', words],
        ...['-drive', `file=${join(this.folder, 'disk.qcow2')},if=virtio,format=qcow2`],
        ...['-netdev', `user,id=net,hostfwd=tcp:127.0.0.1:${this.#port}-:22`],
        ...['-device', 'virtio-net-pci,netdev=net,romfile=', '-device', 'virtio-rng-pci'],
        ...['-chardev', `file,id=console,append=on,path=${join(this.folder, 'console')}`, '-serial', 'chardev:console'],
        ...['-chardev', `file,id=witness,append=on,path=${this.#witness}`, '-serial', 'chardev:witness'],
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    this.#qemu = qemu;
    await patiently(
      'the machine to start',
      async () => {
        if (!this.running) throw new Error(`qemu ended:\n${this.console()}`);
        // Each try starts an ssh: not forty a second beside a machine that needs the processor.
        await pause(1_000);
        return /running|degraded/.test(await this.run('systemctl is-system-running --wait || :', { withinMs: 60_000 }));
      },
      BOOT_MS,
    );
    return (performance.now() - began) / 1000;
  }

  get running(): boolean {
    return this.#qemu !== null && this.#qemu.exitCode === null && this.#qemu.signalCode === null;
  }

  /** Runs a line in the machine as root and gives what it printed; throws when it fails, with both. */
  async run(line: string, options: { input?: string; withinMs?: number } = {}): Promise<string> {
    const child = spawn('ssh', [...this.#ssh(), 'root@127.0.0.1', line], { stdio: ['pipe', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), options.withinMs ?? RUN_MS);
    let [out, err] = ['', ''];
    child.stdout.on('data', (part: Buffer) => (out += part.toString()));
    child.stderr.on('data', (part: Buffer) => (err += part.toString()));
    child.stdin.on('error', () => undefined); // The line did not read what it was given.
    child.stdin.end(options.input ?? '');
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    if (code !== 0) throw new Error(`in the machine “${line}” ended with ${code ?? 'a time limit'}: ${out}${err}`);
    return out;
  }

  /** What was written to the witness, line by line. */
  witnessed(): string[] {
    return existsSync(this.#witness) ? readFileSync(this.#witness, 'utf8').split(/\r?\n/).filter(Boolean) : [];
  }

  console(): string {
    const file = join(this.folder, 'console');
    return existsSync(file) ? readFileSync(file, 'utf8').slice(-4_000) : '';
  }

  /** Nothing is written any more, nothing told: as when the plug is pulled. */
  async powerCut(): Promise<void> {
    const qemu = this.#qemu;
    if (qemu === null || !this.running) return;
    const gone = new Promise((resolve) => qemu.once('exit', resolve));
    qemu.kill('SIGKILL');
    await gone;
  }

  /** An orderly restart. Resolves with the seconds that the shutdown took. */
  async reboot(): Promise<number> {
    const began = performance.now();
    // The connection may go before the answer comes.
    await this.run('systemctl --no-wall reboot').catch(() => undefined);
    await patiently('the machine to shut down', () => !this.running, BOOT_MS);
    const seconds = (performance.now() - began) / 1000;
    await this.boot();
    return seconds;
  }

  async close(): Promise<void> {
    await this.powerCut();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #witness(): string {
    return join(this.folder, 'witness');
  }

  #ssh(): string[] {
    const settings = {
      ...{ StrictHostKeyChecking: 'no', UserKnownHostsFile: '/dev/null', LogLevel: 'ERROR', BatchMode: 'yes' },
      ...{ ConnectTimeout: '30', ServerAliveInterval: '10', ServerAliveCountMax: '6' },
      // One handshake per start: it takes an emulated processor seconds.
      ...{ ControlMaster: 'auto', ControlPath: join(this.folder, 'ssh'), ControlPersist: '600' },
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    return ['-F', '/dev/null', '-i', this.#image.key, '-p', String(this.#port), ...options];
  }
}
