import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TestEndpoint } from './testing/endpoint.ts';
import { FakeGateway } from './testing/fake-gateway.ts';

/* What a real runtime says of who is there, which the desk's policy goes by. The login manager is played: its words are a desktop's. */
let gateway: FakeGateway;
let endpoint: TestEndpoint;
let bin: string;

beforeEach(async () => {
  bin = mkdtempSync(join(tmpdir(), 'throughline-seats-'));
  gateway = await FakeGateway.start();
  endpoint = new TestEndpoint(gateway);
  await endpoint.enroll();
});
afterEach(async () => {
  await endpoint.remove();
  await gateway.stop();
  rmSync(bin, { recursive: true, force: true });
});

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
    const list = sessions.map((row) => `echo '${row}'`).join('; ') || ':';
    const login = `#!/bin/sh\nif [ "$1" = list-sessions ]; then ${list}; else echo ${locked}; fi\n`;
    writeFileSync(join(bin, 'loginctl'), login, { mode: 0o755 });
    writeFileSync(join(bin, 'who'), '#!/bin/sh\n', { mode: 0o755 });
    endpoint.environment = { PATH: `${bin}:${process.env.PATH}` };
    await endpoint.start();
    expect(gateway.hellos.at(-1)?.facts).toMatchObject(said);
  },
  60_000,
);
