import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandSpec, RunAs } from '@throughline/domain/command';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';

/* Whose command it is. Accounts are real ones, made for this run and removed after it; that needs root. */
const root = process.getuid?.() === 0;
const ANN = `tl-ann-${process.pid % 10_000}`;
const BEN = `tl-ben-${process.pid % 10_000}`;
const GROUP = `tl-crew-${process.pid % 10_000}`;

let gateway: FakeGateway;
let endpoint: TestEndpoint;
let homes: string;
/** Programs that stand before the system's own in the runtime's PATH. */
let tools: string;

beforeAll(async () => {
  homes = mkdtempSync(join(tmpdir(), 'throughline-homes-'));
  chmodSync(homes, 0o755);
  tools = mkdtempSync(join(tmpdir(), 'throughline-tools-'));
  if (root) {
    execFileSync('groupadd', [GROUP]);
    for (const name of [ANN, BEN])
      execFileSync('useradd', ['-m', '-d', join(homes, name), '-s', '/bin/bash', '-G', GROUP, name]);
  }
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  endpoint.environment = { FOO: 'bar', MY_API_TOKEN: 'hunter2', PATH: `${tools}:${process.env.PATH ?? ''}` };
  expect((await endpoint.enroll()).code).toBe(0);
  await endpoint.start();
  await endpoint.consent();
}, 60_000);

afterAll(async () => {
  await endpoint?.remove();
  await gateway?.stop();
  if (root) {
    for (const name of [ANN, BEN]) execFileSync('userdel', ['-f', name], { stdio: 'ignore' });
    execFileSync('groupdel', [GROUP], { stdio: 'ignore' });
  }
  for (const folder of [homes, tools]) rmSync(folder, { recursive: true, force: true });
});

/** Who the login manager says is signed in: `name seat` each. */
const signedIn = (...who: string[]) =>
  tool('loginctl', `cat <<'END'\n${who.map((line, i) => `${i + 1} ${1000 + i} ${line} `).join('\n')}\nEND`);

function tool(name: string, script: string): void {
  writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(tools, name), 0o755);
}

let asked = 0;
/** Asks for the approval that another identity needs, presses Approve, and runs. */
async function runAs(runAs: RunAs, script: string, cwd: string | null = null) {
  const spec: CommandSpec = { shell: 'bash', script, cwd, runAs, timeoutMs: 60_000 };
  const approvals = [{ id: gateway.prompt().approvalId, kind: 'session' as const, hash: gateway.consentHash() }];
  if (runAs.kind === 'runtime') return gateway.ended(gateway.order({ ...spec, approvals }));
  const approvalId = `identity-${++asked}`;
  const prompt = gateway.actionPrompt(approvalId, spec, { kind: 'identity' });
  gateway.ask(prompt);
  await endpoint.knows(approvalId);
  await endpoint.press('decide', { approvalId, decision: 'approve', reason: '' });
  return gateway.ended(
    gateway.order({ ...spec, approvals: [...approvals, { id: approvalId, kind: 'identity', hash: prompt.hash }] }),
  );
}
const as = (name: string): RunAs => ({ kind: 'account', name });

describe.skipIf(!root)('contexts (need root)', () => {
  it('F031 F032 SC7.4 the service and nobody are two contexts, each with its own name and home', async () => {
    const script = 'id -un; echo $HOME';
    const service = await runAs({ kind: 'runtime' }, script);
    expect(service.stdout.toString()).toBe(`root\n${process.env.HOME}\n`);
    expect(service.started?.effectiveUser).toBe('root (uid 0)');
    const nobody = await runAs(as('nobody'), script);
    expect(nobody.stdout.toString()).toBe('nobody\n/nonexistent\n');
    expect(nobody.started?.effectiveUser).toBe('nobody (uid 65534)');
  });

  it('F032 a named account has its own groups, home, shell and PATH, and nothing of the service', async () => {
    const done = await runAs(as(ANN), 'id -un; id -Gn; pwd; env');
    const [name, groups, cwd, ...env] = done.stdout.toString().split('\n');
    expect([name, cwd]).toEqual([ANN, join(homes, ANN)]);
    expect(groups?.split(' ')).toEqual([ANN, GROUP]);
    for (const line of [`HOME=${join(homes, ANN)}`, `USER=${ANN}`, `LOGNAME=${ANN}`, 'SHELL=/bin/bash'])
      expect(env).toContain(line);
    expect(env.join('\n')).not.toMatch(/FOO=|MY_API_TOKEN|hunter2/);
    expect(env.find((line) => line.startsWith('PATH='))).not.toContain(tools);
    expect(done.started?.path).toBe(env.find((line) => line.startsWith('PATH='))?.slice(5));
    expect(done.started?.environment.HOME).toBe(join(homes, ANN));
  });

  it('F032 the signed-in user is the one at the screen, whoever else is signed in', async () => {
    signedIn(`${BEN}`, `${ANN} seat0`);
    const done = await runAs({ kind: 'logged_in_user' }, 'id -un; echo $HOME');
    expect(done.stdout.toString()).toBe(`${ANN}\n${join(homes, ANN)}\n`);
    expect(done.started?.effectiveUser).toMatch(new RegExp(`^${ANN} \\(uid \\d+\\)$`));
  });

  it.each([
    ['nobody is signed in', [], /nobody is signed in/],
    ['several are signed in and none sits at it', [`${ANN}`, `${BEN}`], new RegExp(`${ANN}, ${BEN}.*Name the account`)],
    ['the signed-in name is no account here', ['tl-ghost seat0'], /requested tl-ghost, .*no such account/],
  ])('F031 the signed-in user is refused when %s', async (_when, who, words) => {
    signedIn(...who);
    const done = await runAs({ kind: 'logged_in_user' }, 'id -un');
    expect(done.refusal?.message).toMatch(words);
    expect(done.refusal?.message).toMatch(/^Context not honoured: .*Nothing was run/);
    expect(done.started).toBeNull();
  });

  it('F031 SC7.5 an account that does not exist is refused before the spawn, never run as root', async () => {
    const done = await runAs(as('no_such_user'), 'id -un');
    expect(done.refusal?.message).toMatch(/^Context not honoured: requested no_such_user, .*no such account/);
    expect(done.started).toBeNull();
    expect(done.stdout).toHaveLength(0);
  });

  it.each([
    ['refuses', 'echo "setpriv: setresuid failed: Operation not permitted" >&2; exit 1', /Operation not permitted/],
    // It runs the command all the same, as who it is: the runtime asks the system who that was.
    ['lies', 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"', /answered uid 0/],
  ])('F031 SC7.6 nothing runs when the system %s to change the account', async (_how, script, words) => {
    tool('setpriv', script);
    try {
      const done = await runAs(as(ANN), 'id -un > /tmp/throughline-context-leak');
      expect(done.refusal?.message).toMatch(/^Context not honoured: /);
      expect(done.refusal?.message).toMatch(words);
      expect(done.started).toBeNull();
    } finally {
      rmSync(join(tools, 'setpriv'));
    }
  });

  it('F033 a working directory the account may not enter is refused', async () => {
    const closed = join(homes, 'closed');
    execFileSync('install', ['-d', '-m', '0700', closed]);
    const done = await runAs(as(ANN), 'pwd', closed);
    expect(done.refusal?.message).toMatch(/Context not honoured: .*closed/);
    expect(done.started).toBeNull();
  });
});
