import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandCgroup, ownCgroup } from './runner/command-cgroup.ts';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway, type StoredCommand } from './testing/fake-gateway.ts';
import { until } from './testing/until.ts';

/*
 * T11 of research/sessions.md: whatever a command started is gone after a cancel or its time limit. Survivors are looked for by a number
 * in their command line that only this run uses, so not by any of the ways in which the runner itself looks.
 * THROUGHLINE_TREES=50 runs the trees in a loop up to that count.
 */
const COUNT = Number(process.env.THROUGHLINE_TREES ?? 0);
const LIMIT_MS = 4_000;
const WITHIN_MS = 15_000;

interface Tree {
  name: string;
  /** `N` is the number of seconds nobody else sleeps. */
  script: string;
  /** How many processes show the number once the tree stands. */
  grown: number;
  /** Loses every mark but the control group. */
  groupOnly?: true;
}

const TREES: Tree[] = [
  { name: 'a child', script: 'sleep N', grown: 1 },
  { name: 'setsid', script: 'setsid sleep N & setsid -f sleep N; wait', grown: 2 },
  { name: 'a double fork', script: '( ( sleep N & ) & ) ; ( ( sleep N & ) & ) ; sleep N', grown: 3 },
  { name: 'nohup', script: 'nohup sleep N >/dev/null 2>&1 & disown; sleep N', grown: 2 },
  {
    name: 'children that ignore SIGTERM, in sessions of their own',
    script: `trap "" TERM; setsid sh -c 'trap "" TERM; sleep N & wait' & sleep N & wait; sleep N`,
    grown: 2,
  },
  { name: 'a cleared environment in a new session', script: 'env -i setsid /bin/sleep N & sleep N', grown: 2 },
  { name: '500 children', script: 'for i in $(seq 500); do sleep N & done; wait', grown: 500 },
  {
    name: 'one that clears its environment, closes its pipes and forks twice',
    script: `env -i setsid /bin/sh -c '( /bin/sleep N </dev/null >/dev/null 2>&1 & ) ; exit' ; sleep N`,
    grown: 2,
    groupOnly: true,
  },
  {
    name: 'one that goes on forking out of every mark',
    script: `env -i setsid /bin/sh -c 'exec </dev/null >/dev/null 2>&1; trap "" TERM; while :; do ( /bin/sleep N & ) ; /bin/sleep 0.05; done' & sleep N`,
    grown: 8,
    groupOnly: true,
  },
];

let used = 0;
const uniqueSeconds = () => `4${String(process.pid).padStart(7, '0')}.${String(++used).padStart(4, '0')}`;

/** Processes whose command line holds the number as an argument of its own. */
const sleepers = (seconds: string): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => argumentsOf(name).includes(seconds))
    .map(Number);

function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // Ended between the listing and the look.
    return [];
  }
}

async function endpointWith(environment: NodeJS.ProcessEnv) {
  const gateway = await FakeGateway.start();
  const endpoint = new TestEndpoint(gateway);
  endpoint.environment = environment;
  expect((await endpoint.enroll()).code).toBe(0);
  await endpoint.start();
  await endpoint.consent();
  return {
    gateway,
    endpoint,
    async close() {
      await endpoint.remove();
      await gateway.stop();
    },
  };
}

/** Grows the tree, stops it, and tells who is left and how long the end took. */
async function fell(
  { gateway, endpoint }: Awaited<ReturnType<typeof endpointWith>>,
  tree: Tree,
  how: 'cancel' | 'timeout',
) {
  const seconds = uniqueSeconds();
  const script = tree.script.replaceAll('N', seconds);
  // Grown within its time limit, else the limit would be all that is tested.
  const order = await endpoint.allowed({ script, timeoutMs: how === 'timeout' ? LIMIT_MS : 600_000 });
  const stored: StoredCommand = gateway.order(order);
  // On a busy machine the time limit may come before the tree stands: then it is felled while it grows.
  await until(() => sleepers(seconds).length >= tree.grown || stored.exit !== null, 30_000);
  const began = performance.now();
  if (how === 'cancel') {
    // Twice: the second changes nothing.
    gateway.send({ type: 'cancel', commandId: stored.commandId });
    gateway.send({ type: 'cancel', commandId: stored.commandId });
  }
  await gateway.ended(stored);
  return { stored, left: sleepers(seconds), tookMs: performance.now() - began };
}

const groupsWork = () => {
  const probe = CommandCgroup.enter();
  probe?.leave();
  return probe !== null;
};

describe.each([
  { way: 'a control group', environment: {} },
  { way: 'session, tag, pipes and parentage', environment: { THROUGHLINE_AGENT_CGROUPS: 'off' } },
])('T11 process trees, found by $way', ({ way, environment }) => {
  it('leave nobody behind after a cancel or a time limit', async ({ skip }) => {
    const byGroup = way === 'a control group';
    if (byGroup && !groupsWork()) skip('no control group (v2) may be made here');
    const trees = TREES.filter((tree) => byGroup || !tree.groupOnly);
    const count = Math.max(COUNT, trees.length);
    const bench = await endpointWith(environment);
    try {
      for (let i = 0; i < count; i++) {
        const tree = trees[i % trees.length]!;
        const how = ((i % trees.length) + Math.floor(i / trees.length)) % 2 === 0 ? 'cancel' : 'timeout';
        const { stored, left, tookMs } = await fell(bench, tree, how);
        expect(stored.refusal, tree.name).toBeNull();
        expect(left, `${tree.name}, after a ${how}, round ${i}`).toEqual([]);
        expect(tookMs, tree.name).toBeLessThan(WITHIN_MS + (how === 'timeout' ? LIMIT_MS : 0));
        expect(stored.exit, tree.name).toMatchObject({ cancelled: how === 'cancel', timedOut: how === 'timeout' });
      }
    } finally {
      await bench.close();
    }
  }, 1_200_000);

  it('a runner that died leaves a command whose cancel still ends all of it', async ({ skip }) => {
    const byGroup = way === 'a control group';
    if (byGroup && !groupsWork()) skip('no control group (v2) may be made here');
    const bench = await endpointWith(environment);
    try {
      const seconds = uniqueSeconds();
      const script = `setsid sh -c 'trap "" TERM; sleep ${seconds} & wait; sleep ${seconds}' & sleep ${seconds}`;
      const stored = bench.gateway.order(await bench.endpoint.allowed({ script, timeoutMs: 600_000 }));
      await until(() => sleepers(seconds).length >= 2);
      bench.gateway.settles = false;
      const folder = join(bench.endpoint.data, 'commands', stored.commandId);
      process.kill((JSON.parse(readFileSync(join(folder, 'runner.json'), 'utf8')) as { pid: number }).pid, 'SIGKILL');
      await until(() => stored.unknown);
      expect(sleepers(seconds).length).toBeGreaterThan(0);
      bench.gateway.send({ type: 'cancel', commandId: stored.commandId });
      await until(() => sleepers(seconds).length === 0);
    } finally {
      await bench.close();
    }
  }, 60_000);
});

it('a control group is removed with its command, and an abandoned one at the next start', async ({ skip }) => {
  const own = ownCgroup();
  if (own === null || !groupsWork()) skip('no control group (v2) may be made here');
  const bench = await endpointWith({});
  try {
    const stored = bench.gateway.order({ script: 'cat /proc/self/cgroup' });
    await bench.gateway.ended(stored);
    const name = /throughline-\d+-\w+/.exec(stored.stdout.toString())?.[0] ?? 'none';
    await until(() => !existsSync(join(own!, name)));
  } finally {
    await bench.close();
  }
}, 60_000);

it('finds its own control group also where only a part of the tree is mounted', () => {
  const looking = (cgroup: string, mountinfo: string) =>
    ownCgroup((path) => (path.endsWith('cgroup') ? cgroup : mountinfo));
  const whole = '30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw';
  expect(looking('0::/system.slice/x.service\n', whole)).toBe('/sys/fs/cgroup/system.slice/x.service');
  expect(looking('4:memory:/a\n0::/\n', whole)).toBe('/sys/fs/cgroup/');
  const part = '30 24 0:26 /docker/1 /sys/fs/cgroup rw - cgroup2 cgroup2 rw';
  expect(looking('0::/docker/1/b\n', part)).toBe('/sys/fs/cgroup/b');
  expect(looking('0::/docker/12\n', part)).toBeNull();
  expect(looking('0::/../outside\n', whole)).toBeNull();
  expect(looking('4:memory:/a\n', whole)).toBeNull();
});
