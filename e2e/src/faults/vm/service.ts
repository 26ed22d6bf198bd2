import { type Server, createServer } from 'node:http';
import { createReadStream } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { patiently } from '../patience.ts';
import type { Site } from '../site.ts';
import { HOST, type Vm } from './vm.ts';

export const DATA = '/var/lib/throughline-agent';
export const UNIT = 'throughline-runtime';
const CGROUP = `/sys/fs/cgroup/system.slice/${UNIT}.service`;

interface Question {
  approvalId: string;
  textHash: string;
}

/** The runtime as a service of a machine: installed by its own `install`, started by its systemd, with a person at its page who says yes. */
export class InstalledService {
  readonly name: string;
  readonly vm: Vm;
  readonly #site: Site;
  #busy: Promise<void> | null = null;

  constructor(vm: Vm, site: Site, name: string) {
    this.vm = vm;
    this.#site = site;
    this.name = name;
  }

  /** Brings a file of this computer into the machine, as /root/NAME, executable. */
  async bring(file: string, name: string): Promise<void> {
    const server = await serve(file);
    const { port } = server.address() as AddressInfo;
    await this.vm.run(`cd /root && curl -sSf -o ${name} http://${HOST}:${port}/ && chmod +x ${name}`);
    server.close();
  }

  /** As the desk's Enrol page and OPERATIONS.md say it. Resolves with what `install` printed. */
  async install(): Promise<string> {
    const { port } = new URL(this.#site.product.url);
    const token = await this.#site.token();
    return this.vm.run(
      `cd /root && ./${UNIT} enroll --server http://${HOST}:${port} --token ${token} --name ${this.name} --no-run && ./${UNIT} install`,
    );
  }

  /** By the desk's word. */
  untilOnline(): Promise<unknown> {
    return patiently(
      `${this.name} to be online`,
      async () => {
        const { endpoints } = await this.#site.senior.gql<{
          endpoints: { edges: { node: { name: string; online: boolean } }[] };
        }>('query($s: String) { endpoints(search: $s) { edges { node { name online } } } }', { s: this.name });
        return endpoints.edges.some(({ node }) => node.name === this.name && node.online);
      },
      240_000,
    );
  }

  /** Says yes to whatever is asked while something is waited for. */
  async whileApproving<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const done = work.finally(() => (over = true));
    done.catch(() => undefined); // told by the return
    while (!over) {
      await this.#approve();
      await Promise.race([done.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 1_000))]);
    }
    return done;
  }

  /** systemd's own word on the service. */
  async property(name: string): Promise<string> {
    return (await this.vm.run(`systemctl show -P ${name} ${UNIT}`)).trim();
  }

  /** Control groups of commands below the service's that have members; the one of the runner that waits is not counted. */
  async commandGroups(): Promise<number> {
    const line = `for g in ${CGROUP}/throughline-*/; do grep -qvxF "$(basename $g | cut -d- -f2)" $g/cgroup.procs 2>/dev/null && echo $g; done; :`;
    return (await this.vm.run(line)).split('\n').filter(Boolean).length;
  }

  async #approve(): Promise<void> {
    this.#busy ??= this.#answerAll()
      .catch(() => undefined) // it, or the machine, is down just now; the next look finds what waits
      .finally(() => (this.#busy = null));
    await this.#busy;
  }

  async #answerAll(): Promise<void> {
    const page = `"$(cat ${DATA}/prompt-url)"`;
    const state = await this.vm.run(`curl -sSf ${page}/state?locale=en`, { withinMs: 30_000 });
    for (const { approvalId, textHash } of (JSON.parse(state) as { questions: Question[] }).questions)
      await this.vm.run(`curl -sSf -H 'content-type: application/json' -H 'x-throughline: 1' -d @- ${page}/decide`, {
        input: JSON.stringify({ approvalId, decision: 'approve', reason: '', page: { locale: 'en', textHash } }),
      });
  }
}

async function serve(file: string): Promise<Server> {
  const server = createServer((_request, response) => void createReadStream(file).pipe(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
