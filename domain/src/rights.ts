import { type Grant, type Permission, ROLE_TABLE, type Role } from './role.ts';

/* What an organisation lays down for its roles beside the published table, everywhere or for the clients of one group. */

export const GIVEN = ['none', 'own', 'all'] as const;
/** `own`: only in sessions the person is assigned to. */
export type Given = (typeof GIVEN)[number];

/** Where a right may be changed, and to what. One that is not here is as published, always. There is no "approve" to change. */
interface Editable {
  /** Whether it may differ between client groups. Else it is the organisation's alone. */
  byGroup: boolean;
  /** Whether there is an `own` of it. */
  own: boolean;
}
export const EDITABLE: Readonly<Partial<Record<Permission, Editable>>> = {
  'session.start': { byGroup: true, own: true },
  'command.run': { byGroup: true, own: true },
  'session.assign': { byGroup: true, own: false },
  'session.escalate': { byGroup: true, own: true },
  'session.complete': { byGroup: true, own: true },
  'message.write': { byGroup: true, own: true },
  'flag.raise': { byGroup: true, own: true },
  'flag.review': { byGroup: true, own: false },
  'flag.queue': { byGroup: false, own: false },
  'record.export': { byGroup: true, own: true },
  'snapshot.share': { byGroup: true, own: true },
  'endpoint.enroll': { byGroup: true, own: false },
  'endpoint.retire': { byGroup: true, own: false },
  'transcript.search': { byGroup: false, own: false },
  'audit.read': { byGroup: false, own: false },
  'report.read': { byGroup: false, own: false },
};

/** What one role's rights are changed to. */
export type Changed = Readonly<Partial<Record<Permission, Given>>>;

/** What was changed for a person's role, as far as it concerns them. */
export interface Rights {
  everywhere: Changed;
  /** By client: what was laid down for its group. */
  byClient: Readonly<Record<string, Changed>>;
}
/** As published. */
export const PUBLISHED: Rights = { everywhere: {}, byClient: {} };

export const published = (role: Role, permission: Permission): Given => ROLE_TABLE[role][permission] ?? 'none';

/** Which of the values a cell may take; one alone means that it cannot be changed. An admin always reads the audit log. */
export function choices(role: Role, permission: Permission, forGroup: boolean): readonly Given[] {
  const editable = EDITABLE[permission];
  const fixed = editable === undefined || (role === 'admin' && permission === 'audit.read');
  if (fixed || (forGroup && !editable.byGroup)) return [published(role, permission)];
  return GIVEN.filter((given) => given !== 'own' || editable.own);
}

/** What a role has: the client's group says it first, then the organisation, then the published table. `clientId` null: where it is about no client. */
export function givenTo(role: Role, rights: Rights, permission: Permission, clientId: string | null): Given {
  // What may not be changed stays as published, whatever a row says.
  const [ofGroup, ofAll] = [true, false].map((forGroup) => choices(role, permission, forGroup));
  const here = clientId === null ? undefined : rights.byClient[clientId]?.[permission];
  if (here !== undefined && ofGroup !== undefined && ofGroup.length > 1 && ofGroup.includes(here)) return here;
  const all = rights.everywhere[permission];
  return all !== undefined && ofAll?.includes(all) ? all : published(role, permission);
}

/** Whether a role may do something to a client's session or endpoint; `own` says whether it is the person's own. */
export function mayDo(
  role: Role,
  rights: Rights,
  permission: Permission,
  own: boolean,
  clientId: string | null,
): boolean {
  const given = givenTo(role, rights, permission, clientId);
  return given === 'all' || (given === 'own' && own);
}

/** Whether a role may do it for some client at least: for what is asked before the client is known. */
export function maySomewhere(role: Role, rights: Rights, permission: Permission, own: boolean): boolean {
  const places = [null, ...Object.keys(rights.byClient)];
  return places.some((clientId) => mayDo(role, rights, permission, own, clientId));
}

/** The most a role has anywhere: for showing or hiding whole pages. */
export function mostGiven(role: Role, rights: Rights, permission: Permission): Grant | null {
  if (maySomewhere(role, rights, permission, false)) return 'all';
  return maySomewhere(role, rights, permission, true) ? 'own' : null;
}

/** In the order of the published table. */
export const PERMISSIONS: readonly Permission[] = [
  'session.see',
  'session.start',
  'command.run',
  'session.assign',
  'session.escalate',
  'session.complete',
  'message.write',
  'flag.raise',
  'flag.review',
  'flag.queue',
  'transcript.search',
  'record.export',
  'snapshot.share',
  'endpoint.enroll',
  'endpoint.retire',
  'settings.write',
  'audit.read',
  'report.read',
];
export const isPermission = (text: string): text is Permission => (PERMISSIONS as readonly string[]).includes(text);
