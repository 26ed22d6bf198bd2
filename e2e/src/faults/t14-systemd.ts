import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { packedRuntime } from '@throughline/infra/testing/packed-runtime';
import { compare, download, ended, judge } from './judge.ts';
import { patiently, pause } from './patience.ts';
import type { Random } from './random.ts';
import { type FaultContext, type Row, rounds } from './row.ts';
import { type Site, localId } from './site.ts';
import { DATA, InstalledService, UNIT } from './vm/service.ts';
import { Releases, TRIED } from './vm/update-service.ts';
import { lacksForVm, vmImage } from './vm/vm-image.ts';
import { Vm } from './vm/vm.ts';
import { witnessedOutput } from './vm/witnessed-work.ts';
import type { Workload } from './workload.ts';

/** A command has to get over everything that happens to it here; the emulated machine makes it longer. */
const LASTS_MS = 12_000;
const LIMIT_MS = 1_800_000;
const END_MS = 300_000;

/** What every row works with. */
interface Scene {
  site: Site;
  vm: Vm;
  service: InstalledService;
  sessionId: string;
}

type Part = 'stop' | 'update' | 'reboot' | 'power';
const ALL: readonly Part[] = ['stop', 'update', 'reboot', 'power'];

/** T14: the service under a real systemd, on a machine of its own that is restarted and whose power is cut. */
export async function underSystemd(context: FaultContext, parts = ALL): Promise<void> {
  const lacks = lacksForVm();
  if (lacks !== null) return context.row('T14 systemd', async (row) => void (row.skipped = lacks));
  const site = await context.site();
  const vm = await Vm.open(await vmImage(context.say));
  context.atEnd(() => vm.close());
  const service = new InstalledService(vm, site, 'VM-1');
  let scene: Scene | undefined;
  await context.row('T14 install', async (row) => {
    scene = await installed(site, vm, service, row);
  });
  if (scene === undefined) return;
  const there = scene;
  const run = (name: string, own: number, round: (row: Row, random: Random, number: number) => Promise<void>) =>
    context.row(name, (row, random) => rounds(row, context.times(own), (number) => round(row, random, number)));
  await run('T14 what a command sees', 1, (row) => surroundings(there, row));
  if (parts.includes('stop')) {
    await run('T14 process trees', 3, (row, _random, number) => trees(there, row, number));
    const kill = `systemctl kill --kill-who=main --signal=KILL ${UNIT}`;
    await run('T14 kill -9 of the runtime', 3, (row, random, number) => goesOn(there, row, random, kill, number));
    await run('T14 systemctl restart', 3, (row, random, number) =>
      goesOn(there, row, random, `systemctl restart ${UNIT}`, number),
    );
  }
  if (parts.includes('update'))
    await run('T14 update', 1, (row, random, number) => updated(there, row, random, number));
  if (parts.includes('power'))
    await run('T14 power cut', 5, (row, random, number) =>
      endsWithMachine(there, row, random, number, async () => {
        await vm.powerCut();
        await vm.boot();
      }),
    );
  if (parts.includes('reboot'))
    await run('T14 reboot', 2, async (row, random, number) => {
      await endsWithMachine(there, row, random, number, async () => {
        const seconds = await vm.reboot();
        row.figures['shutdown s'] = Math.max(Math.round(seconds), Number(row.figures['shutdown s'] ?? 0));
      });
    });
  await run('T14 uninstall', 1, (row) => uninstalled(there, row));
}

/** As OPERATIONS.md has people do it. */
async function installed(site: Site, vm: Vm, service: InstalledService, row: Row): Promise<Scene> {
  await service.bring(await packedRuntime(), UNIT);
  await service.install();
  await service.untilOnline();
  row.n++;
  const wrong = (what: string) => row.failures.push(what);
  if ((await service.property('ActiveState')) !== 'active') wrong('the service is not active');
  if ((await service.property('UnitFileState')) !== 'enabled') wrong('the service is not enabled');
  const status = await vm.run(`${UNIT} status`);
  if (!/State +online/.test(status)) wrong(`status does not say online:\n${status}`);
  const doctor = await vm.run(`${UNIT} doctor || :`);
  if (doctor.includes('✗')) wrong(`doctor found:\n${doctor}`);
  const exposure = await vm.run(`systemd-analyze security ${UNIT} --no-pager | tail -1`);
  row.figures.systemd = (await vm.run('systemctl --version')).split(' ')[1] ?? '';
  row.figures.exposure = /: ([\d.]+ \w+)/.exec(exposure)?.[1] ?? exposure;
  row.figures['MiB at rest'] = Math.round(Number(await service.property('MemoryCurrent')) / 1024 ** 2);
  const sessionId = await service.whileApproving(site.session(service));
  return { site, vm, service, sessionId };
}

/** A command finds what a login of root has, and nothing of the service. */
async function surroundings({ site, service, sessionId }: Scene, row: Row): Promise<void> {
  const script =
    'echo "$HOME $USER $(umask) $(cat /proc/self/oom_score_adj) $(grep -h Seccomp: /proc/self/status | tr -d "\\t") $(ulimit -Hc)"; ' +
    'yes | head -n1 >/dev/null; echo "${PIPESTATUS[*]}"; setarch -R true && echo setarch; env | grep -cE "^(INVOCATION|JOURNAL|SYSTEMD|NODE|NOTIFY)"';
  const id = await site.propose(sessionId, script, LIMIT_MS);
  await service.whileApproving(ended(site, id, END_MS));
  const said = (await download(site, id, 'stdout')).toString();
  row.n++;
  const wanted = '/root root 0022 0 Seccomp:0 unlimited\n141 0\nsetarch\n0\n';
  if (said !== wanted) row.failures.push(`a command sees\n${said}instead of\n${wanted}`);
}

/** Daemons of every kind, one that forks on for ever: after a cancel none is left, and the control group is gone. */
async function trees({ site, vm, service, sessionId }: Scene, row: Row, number: number): Promise<void> {
  const n = `47${process.pid}${number}`;
  const script =
    `env -i setsid /bin/sh -c '( /bin/sleep ${n} </dev/null >/dev/null 2>&1 & ) ; exit'; nohup sleep ${n} >/dev/null 2>&1 & ` +
    `setsid -f sleep ${n}; ( trap "" TERM; setsid sh -c 'trap "" TERM; sleep ${n}; sleep ${n}' ) & ` +
    `env -i setsid /bin/sh -c 'exec </dev/null >/dev/null 2>&1; trap "" TERM; while :; do ( /bin/sleep ${n} & ) ; /bin/sleep 0.3; done' & sleep ${n}`;
  const alive = async () => Number((await vm.run(`pgrep -cxf '(/bin/)?sleep ${n}' || :`)).trim());
  const id = await site.propose(sessionId, script, LIMIT_MS);
  await service.whileApproving(patiently('the tree to grow', async () => (await alive()) >= 9, END_MS));
  const began = performance.now();
  await site.senior.act('cancelCommand', 'CancelCommandInput', { commandId: id }, '... on Command { id }');
  const { state } = await ended(site, id, END_MS);
  row.n++;
  row.figures.felled = `${Math.round((performance.now() - began) / 1000)} s`;
  if (state !== 'cancelled') row.failures.push(`round ${number}: it ended ${state}`);
  const left = await alive();
  if (left > 0) row.failures.push(`round ${number}: ${left} processes survived`);
  const groups = await service.commandGroups();
  if (groups > 0) row.failures.push(`round ${number}: ${groups} control groups of commands are left`);
}

/** The runtime goes in the middle of a command; systemd has it back, the command and its capture never noticed. */
async function goesOn(scene: Scene, row: Row, random: Random, line: string, number: number): Promise<void> {
  const { site, vm, service } = scene;
  const before = await service.property('MainPID');
  const { id, work } = await begun(scene, random);
  const afterMs = random.between(0, work.lastsMs / 2);
  await pause(afterMs);
  await vm.run(line);
  await patiently('systemd to have it back', async () => {
    const pid = await service.property('MainPID');
    return pid !== '0' && pid !== before && (await service.property('SubState')) === 'running';
  });
  row.n++;
  await ended(site, id, END_MS);
  await judge(site, row, id, work, { state: 'completed_with_errors' }, `round ${number} after ${afterMs} ms`);
  await service.untilOnline();
}

/** A newer version takes over while a command runs; one that never connects is put back by ExecStartPre. */
async function updated(scene: Scene, row: Row, random: Random, number: number): Promise<void> {
  const { site, vm, service } = scene;
  const [newer, broken] = [`0.${2 * number}.0`, `0.${2 * number + 1}.0`];
  const releases = await Releases.open(mkdtempSync(join(vm.folder, 'releases-')), service);
  const program = await releases.build(newer);
  const { id, work } = await begun(scene, random, 60_000);
  await releases.give(program);
  await releases.untilStatus(new RegExp(`online[^]*Version +${newer}\\s*$`));
  await judge(site, row, id, work, { state: 'completed_with_errors' }, `update to ${newer}`);
  await releases.give(releases.broken(broken));
  await releases.untilStatus(new RegExp(`online[^]*Version +${newer}[^]*${broken} was rolled back to ${newer}`));
  row.n++;
  row.figures['starts of a broken one'] = vm.witnessed().filter((line) => line === TRIED).length / number;
  if ((await service.property('ActiveState')) !== 'active')
    row.failures.push('the service is not active after a roll-back');
}

/** The machine goes in the middle of a command: what became of it nobody knows, it does not run again, and what was stored stays stored. */
async function endsWithMachine(
  scene: Scene,
  row: Row,
  random: Random,
  number: number,
  end: () => Promise<unknown>,
): Promise<void> {
  const { site, service, vm } = scene;
  const { id, work } = await begun(scene, random, 600_000);
  const afterMs = random.between(0, 8_000);
  await pause(afterMs);
  const acknowledged = await stored(site, id, 1);
  const repeat = `round ${number} after ${afterMs} ms`;
  const began = performance.now();
  await end();
  await service.untilOnline();
  const back = Math.round((performance.now() - began) / 1000);
  row.figures['online again'] =
    `${Math.max(back, Number.parseInt(String(row.figures['online again'] ?? 0), 10))} s at most`;
  const { state, words } = await ended(site, id, END_MS);
  row.n++;
  const fail = (what: string) => row.failures.push(`${repeat}: ${what} (command ${localId(id)})`);
  if (state !== 'outcome_unknown') fail(`it ended ${state}: ${words}`);
  const executions = work.executions();
  if (executions !== 1) fail(`it ran ${executions} times`);
  if (executions > 1) row.ranTwice++;
  const kept = await stored(site, id, 1);
  row.bytesLost += compare(acknowledged, kept.subarray(0, acknowledged.length)).lost;
  if (!kept.subarray(0, acknowledged.length).equals(acknowledged)) fail('what was acknowledged is not all there');
  if (!work.stdout.subarray(0, kept.length).equals(kept)) fail('what is stored is no beginning of what it wrote');
  if (!kept.equals(await download(site, id, 'stdout'))) fail('what is downloaded differs from what is stored');
  if (await waits(vm)) fail('after the start there are processes of a command');
}

/** Nothing is left of it but what systemd itself remembers. */
async function uninstalled({ vm }: Scene, row: Row): Promise<void> {
  const said = await vm.run(`${UNIT} uninstall --yes`);
  row.n++;
  const left = await vm.run(
    `ls -d ${DATA} /usr/local/lib/throughline /usr/local/bin/${UNIT} /etc/systemd/system/${UNIT}.service ` +
      `/etc/systemd/system/*/${UNIT}.service /sys/fs/cgroup/system.slice/${UNIT}.service 2>/dev/null; pgrep -a throughline; ` +
      `systemctl list-units --all --plain --no-legend '${UNIT}*'`,
  );
  if (left.trim() !== '') row.failures.push(`uninstall said\n${said}and left\n${left}`);
}

/** A command that writes and has begun to. */
async function begun(scene: Scene, random: Random, lastsMs = LASTS_MS): Promise<{ id: string; work: Workload }> {
  const { site, vm, service, sessionId } = scene;
  const work = witnessedOutput(vm, random, lastsMs);
  const id = await site.propose(sessionId, work.script, LIMIT_MS);
  const writes = async () => work.begun() && (await stored(site, id, 1)).length > 0;
  await service.whileApproving(patiently(`command ${localId(id)} to write`, writes, END_MS));
  return { id, work };
}

async function stored(site: Site, id: string, stream: number): Promise<Buffer> {
  const rows = await site.sql<{ bytes: Buffer }>(
    'select bytes from output_chunk where command_id = $1 and stream = $2 order by seq',
    [localId(id), stream],
  );
  return Buffer.concat(rows.map((row) => row.bytes));
}

const waits = async (vm: Vm): Promise<boolean> =>
  (await vm.run('grep -lz ^THROUGHLINE_COMMAND= /proc/[0-9]*/environ 2>/dev/null || :')).trim() !== '';
