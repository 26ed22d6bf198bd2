import { type ChildProcess, spawn, spawnSync } from 'node:child_process';

/**
 * Does with a unit file what systemd does with the lines an update hangs on: ExecStartPre (with its `-`), Environment, ExecStart, and starting again
 * after any exit that RestartPreventExitStatus does not name. Only the child itself is ended, as with KillMode=process.
 */
export class UnitService {
  output = '';
  starts = 0;
  /** Set when it is not started again. */
  ended: number | null = null;
  child: ChildProcess | null = null;
  readonly #lines: string[];
  #stopping = false;

  constructor(unit: string) {
    this.#lines = unit.split('\n');
  }

  start(): void {
    const env = { ...process.env, ...Object.fromEntries(this.#all('Environment').map((pair) => pair.split('='))) };
    for (const pre of this.#all('ExecStartPre')) {
      const [file = '', ...args] = pre.replace(/^-/, '').split(' ');
      this.output += spawnSync(file, args, { encoding: 'utf8', env }).stdout ?? '';
    }
    const [file = '', ...args] = (this.#all('ExecStart')[0] ?? '').split(' ');
    this.starts++;
    const child = spawn(file, args, { env, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (this.output += part.toString()));
    child.once('exit', (code) => {
      const final = (this.#all('RestartPreventExitStatus')[0] ?? '').split(' ').includes(String(code));
      if (this.#stopping || final) this.ended = code ?? -1;
      else setTimeout(() => this.start(), 50);
    });
    child.once('error', (error) => (this.output += error.message));
  }

  stop(): void {
    this.#stopping = true;
    this.child?.kill('SIGKILL');
  }

  #all(name: string): string[] {
    return this.#lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
  }
}
