import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';
import { until } from './testing/until.ts';

/* What a real runtime says of who is there, which the desk's policy goes by. The login manager is played: its words are a desktop's. */
let gateway: FakeGateway;
let endpoint: TestEndpoint;
let bin: string;

beforeEach(async () => {
  bin = mkdtempSync(join(tmpdir(), 'throughline-seats-'));
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  endpoint.environment = { PATH: `${bin}:${process.env.PATH}` };
  await endpoint.enroll();
});
afterEach(async () => {
  await endpoint.remove();
  await gateway.stop();
  rmSync(bin, { recursive: true, force: true });
});

/** What the login manager's programs say; null: they hang, as on a bus that does not answer, and each is given up after two seconds. */
function played(said: { sessions: string[]; locked: string } | null): void {
  const list = said?.sessions.map((row) => `echo '${row}'`).join('; ') || ':';
  const answers = `if [ "$1" = list-sessions ]; then ${list}; else echo ${said?.locked}; fi`;
  for (const [tool, words] of [
    ['loginctl', answers],
    ['who', ':'],
  ] as const)
    writeFileSync(join(bin, tool), `#!/bin/sh\n${said === null ? 'exec sleep 60' : words}\n`, { mode: 0o755 });
}

const OLIVIA = '3 1000 olivia seat0 tty2';

it.each([
  ['nobody is signed in', [], 'no', { users: [], consoleUser: null, screenLocked: null }],
  ['one person sits there', [OLIVIA], 'no', { users: ['olivia'], consoleUser: 'olivia', screenLocked: false }],
  ['the screen is locked', [OLIVIA], 'yes', { users: ['olivia'], consoleUser: 'olivia', screenLocked: true }],
  [
    'one sits there and another is signed in from afar',
    [OLIVIA, '5 1001 sam - pts/0'],
    'no',
    { users: ['olivia', 'sam'], consoleUser: 'olivia', screenLocked: false },
  ],
  [
    'two are signed in, neither at the screen',
    ['4 1000 olivia - pts/1', '5 1001 sam - pts/0'],
    'no',
    { users: ['olivia', 'sam'], consoleUser: null, screenLocked: null },
  ],
  [
    'two share the screen',
    [OLIVIA, '5 1001 sam seat0 tty3'],
    'no',
    { users: ['olivia', 'sam'], consoleUser: null, screenLocked: false },
  ],
])(
  'U35 the computer says so where %s',
  async (_what, sessions, locked, said) => {
    played({ sessions, locked });
    await endpoint.start();
    expect(gateway.hellos.at(-1)?.facts).toMatchObject(said);
  },
  60_000,
);

it('T3 F026 output goes on at once after a cut where the login manager hangs, and who is there is said when it is known', async () => {
  played({ sessions: [OLIVIA], locked: 'no' });
  await endpoint.start();
  await endpoint.consent();
  const stored = gateway.order({ script: 'while sleep 0.05; do date +%s%N; done', timeoutMs: 60_000 });
  await until(() => stored.stdout.length > 100);
  played(null);
  const hellos = gateway.hellos.length;
  gateway.cut();
  await until(() => gateway.hellos.length > hellos);
  const before = stored.stdout.length;
  // What was known last; a login manager that is silent says nobody, and that takes two seconds.
  expect(gateway.hellos.at(-1)?.facts).toMatchObject({ consoleUser: 'olivia' });
  await until(() => stored.stdout.length > before);
  await until(() => gateway.messages.some((message) => message.type === 'facts'));
  const told = gateway.messages.find((message) => message.type === 'facts');
  expect(told?.facts).toMatchObject({ users: [], consoleUser: null });
}, 60_000);
