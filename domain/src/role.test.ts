import { describe, expect, it } from 'vitest';
import { type Permission, ROLES, ROLE_TABLE, may } from './role.ts';

/** The published table, written out by hand: A everywhere, o in the person's own sessions, - not at all. Columns as in ROLES. */
const TABLE: Record<Permission, string> = {
  //                   technician senior dispatcher manager admin
  'session.see': 'A A A A A',
  'session.start': 'o A - - -',
  'command.run': 'o A - - -',
  'session.assign': '- A A A -',
  'session.escalate': 'o A A A -',
  'session.complete': 'o A - - -',
  'message.write': 'A A A A -',
  'flag.raise': 'A A - - -',
  'flag.review': '- A - A -',
  'flag.queue': '- A - A A',
  'transcript.search': 'A A A A A',
  'record.export': 'o A A A A',
  'snapshot.share': 'o A A A -',
  'endpoint.enroll': 'A A - - A',
  'endpoint.retire': '- - - - A',
  'settings.write': '- - - - A',
  'audit.read': '- - - A A',
  'report.read': '- - A A -',
};

describe('F135 the role table', () => {
  const cells = Object.entries(TABLE).flatMap(([permission, row]) =>
    ROLES.map((role, i) => [role, permission as Permission, row.split(' ')[i] as string] as const),
  );

  it.each(cells)('%s %s: %s', (role, permission, cell) => {
    expect(may(role, permission, true)).toBe(cell !== '-');
    expect(may(role, permission, false)).toBe(cell === 'A');
  });

  it('has no cell that is not published', () => {
    for (const role of ROLES)
      for (const permission of Object.keys(ROLE_TABLE[role])) expect(TABLE).toHaveProperty([permission]);
  });

  it('F044 lets nobody at the provider approve', () => {
    expect(Object.keys(TABLE).filter((permission) => /approv|consent|decide/.test(permission))).toEqual([]);
  });
});
