export const ROLES = ['technician', 'senior', 'dispatcher', 'manager', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Everything a signed-in person can do to a session or a setting. There is deliberately no "approve". */
export type Permission =
  | 'session.see'
  | 'session.start'
  | 'command.run'
  | 'session.assign'
  | 'session.escalate'
  | 'session.complete'
  | 'message.write'
  | 'flag.raise'
  | 'flag.review'
  | 'flag.queue'
  | 'transcript.search'
  | 'record.export'
  | 'snapshot.share'
  | 'endpoint.enroll'
  | 'endpoint.retire'
  | 'settings.write'
  | 'audit.read'
  | 'report.read';

/** `own`: only in sessions the person is assigned to. */
export type Grant = 'all' | 'own';

/** Defaults of the published role table. A missing cell means no. */
export const ROLE_TABLE: Readonly<Record<Role, Readonly<Partial<Record<Permission, Grant>>>>> = {
  technician: {
    'session.see': 'all',
    'session.start': 'own',
    'command.run': 'own',
    'session.escalate': 'own',
    'session.complete': 'own',
    'message.write': 'all',
    'flag.raise': 'all',
    'transcript.search': 'all',
    'record.export': 'own',
    'snapshot.share': 'own',
    'endpoint.enroll': 'all',
  },
  senior: {
    'session.see': 'all',
    'session.start': 'all',
    'command.run': 'all',
    'session.assign': 'all',
    'session.escalate': 'all',
    'session.complete': 'all',
    'message.write': 'all',
    'flag.raise': 'all',
    'flag.review': 'all',
    'flag.queue': 'all',
    'transcript.search': 'all',
    'record.export': 'all',
    'snapshot.share': 'all',
    'endpoint.enroll': 'all',
  },
  dispatcher: {
    'session.see': 'all',
    'session.assign': 'all',
    'session.escalate': 'all',
    'message.write': 'all',
    'transcript.search': 'all',
    'record.export': 'all',
    'snapshot.share': 'all',
    'report.read': 'all',
  },
  manager: {
    'session.see': 'all',
    'session.assign': 'all',
    'session.escalate': 'all',
    'message.write': 'all',
    'flag.review': 'all',
    'flag.queue': 'all',
    'transcript.search': 'all',
    'record.export': 'all',
    'snapshot.share': 'all',
    'audit.read': 'all',
    'report.read': 'all',
  },
  admin: {
    'session.see': 'all',
    'flag.queue': 'all',
    'transcript.search': 'all',
    'record.export': 'all',
    'endpoint.enroll': 'all',
    'endpoint.retire': 'all',
    'settings.write': 'all',
    'audit.read': 'all',
  },
};

/** Whether a role may do something; `own` says whether the thing is the person's own. */
export function may(role: Role, permission: Permission, own: boolean): boolean {
  const grant = ROLE_TABLE[role][permission];
  return grant === 'all' || (grant === 'own' && own);
}
