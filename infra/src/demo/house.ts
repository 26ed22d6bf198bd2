import type { EndpointFacts } from '@throughline/domain/agent-protocol';
import type { Shell } from '@throughline/domain/command';
import type { Role } from '@throughline/domain/role';

/* Who and what there is in the demo: made-up people, clients and computers. */

/** Everybody's password. The demo is for trying things out, never for real work. */
export const DEMO_PASSWORD = 'northgate demo';
export const WEBHOOK = { name: 'Northgate Halo', slug: 'northgate-halo', secret: 'demo-secret-of-the-psa' };

export const MSP = { name: 'Northgate Managed IT', slug: 'northgate', timeZone: 'America/Chicago' };
export const ADMIN = { name: 'Ada Okafor', email: 'ada@northgate.example' };

interface DemoPerson {
  name: string;
  email: string;
  role: Role;
  /** Clients the person does not see; none means all are seen, also those to come. */
  without?: string;
}
export const PEOPLE = {
  dana: { name: 'Dana Ruiz', email: 'dana@northgate.example', role: 'dispatcher' },
  jun: { name: 'Jun Park', email: 'jun@northgate.example', role: 'technician', without: 'Cedar Law' },
  theo: { name: 'Theo Lind', email: 'theo@northgate.example', role: 'technician' },
  sam: { name: 'Sam Whitfield', email: 'sam@northgate.example', role: 'senior' },
  mona: { name: 'Mona Said', email: 'mona@northgate.example', role: 'manager' },
  friday: { name: 'Friday Technician', email: 'technician@msp.com', role: 'technician' },
} as const satisfies Record<string, DemoPerson>;
export type PersonKey = keyof typeof PEOPLE;

export const CLIENTS = [
  {
    group: 'Dental',
    name: 'Harbor Dental',
    contactName: 'Olivia Hart',
    contactPhone: '555-0101',
    contactEmail: 'olivia.hart@harbordental.example',
  },
  {
    group: 'Print & Media',
    name: 'Brightline Print',
    contactName: 'Ken Abe',
    contactPhone: '555-0102',
    contactEmail: 'ken.abe@brightline.example',
  },
  {
    group: 'Finance',
    name: 'Lakeside Accounting',
    contactName: 'Paula Reyes',
    contactPhone: '555-0103',
    contactEmail: 'admin@clientdomain.local',
  },
  {
    group: 'Legal',
    name: 'Cedar Law',
    contactName: 'Iris Cole',
    contactPhone: '555-0104',
    contactEmail: 'iris.cole@cedarlaw.example',
  },
];

export interface DemoComputer {
  name: string;
  client: string;
  /** Who sits there, as the system knows them. */
  account: string;
  runtimeLabel: string;
  /** Minutes since it was last heard of. */
  lastSeen: number;
}
export const COMPUTERS: DemoComputer[] = [
  ['HARB-WS-07', 'Harbor Dental', 'HARB\\olivia.hart', 'harb-ws-07-runtime-2c41-9ad', 12],
  ['BRIT-NORTH-01', 'Brightline Print', 'BRIT\\ken.abe', 'brit-north-01-runtime-51b0-e07', 34],
  ['BRIT-EAST-01', 'Brightline Print', 'BRIT\\front.desk', 'brit-east-01-runtime-88d2-1f4', 8],
  ['BRIT-WEST-01', 'Brightline Print', 'BRIT\\press.room', 'brit-west-01-runtime-0c9e-b63', 190],
  ['CLIENT-ACCT-01', 'Lakeside Accounting', 'LAKE\\paula.reyes', 'client-acct-01-runtime-7a3f-dc2', 3],
  ['CEDR-WS-01', 'Cedar Law', 'CEDR\\iris.cole', 'cedr-ws-01-runtime-d4a7-330', 1_640],
].map(
  ([name, client, account, runtimeLabel, lastSeen]) =>
    ({ name, client, account, runtimeLabel, lastSeen }) as DemoComputer,
);

/** The neighbour organisation: there to see that nothing of one is ever seen in the other. */
export const NEIGHBOUR = {
  msp: { name: 'Rivermark IT', slug: 'rivermark', timeZone: 'Europe/London' },
  admin: { name: 'Rex Moor', email: 'rex@rivermark.example', role: 'admin' as Role },
  technician: { name: 'Nia Holt', email: 'nia@rivermark.example', role: 'senior' as Role },
  client: { group: 'All', name: 'Quayside Foods' },
  computer: {
    name: 'QUAY-WS-02',
    client: 'Quayside Foods',
    account: 'QUAY\\till.two',
    runtimeLabel: 'quay-ws-02-runtime-6be1-2a9',
    lastSeen: 410,
  } satisfies DemoComputer,
};

const offers: { shell: Shell; path: string; version: string }[] = [
  { shell: 'powershell', path: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe', version: '5.1.26100' },
  { shell: 'cmd', path: 'C:\\Windows\\System32\\cmd.exe', version: '10.0.26100' },
];

/** What a simulated computer says of itself. */
export const factsOf = (computer: DemoComputer): EndpointFacts => ({
  hostname: computer.name,
  os: 'Windows',
  osVersion: '11 Pro 26100 (simulated endpoint)',
  arch: 'x64',
  timeZone: 'America/Chicago',
  users: [computer.account],
  shells: offers,
  diskFreeBytes: 148_202_147_840,
  memoryBytes: 17_179_869_184,
  addresses: ['192.0.2.41'],
  runtimeUser: 'SYSTEM',
  consoleUser: computer.account,
  runAsOthers: true,
  bootedAt: 1_700_000_000_000,
});
