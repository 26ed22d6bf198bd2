import { describe, expect, it } from 'vitest';
import {
  GIVEN,
  PERMISSIONS,
  PUBLISHED,
  type Rights,
  choices,
  givenTo,
  mayDo,
  maySomewhere,
  mostGiven,
} from './rights.ts';
import { ROLES, may } from './role.ts';

const changed = (rights: Partial<Rights>): Rights => ({ ...PUBLISHED, ...rights });

describe('F134 changed rights', () => {
  it('are the published table where nothing is changed', () => {
    for (const role of ROLES)
      for (const permission of PERMISSIONS)
        for (const own of [true, false])
          expect(mayDo(role, PUBLISHED, permission, own, 'c1')).toBe(may(role, permission, own));
  });

  it('count by client group first, then for the organisation', () => {
    const rights = changed({ everywhere: { 'command.run': 'none' }, byClient: { c1: { 'command.run': 'all' } } });
    expect(givenTo('technician', rights, 'command.run', 'c1')).toBe('all');
    expect(givenTo('technician', rights, 'command.run', 'c2')).toBe('none');
    expect(givenTo('technician', rights, 'command.run', null)).toBe('none');
    expect(maySomewhere('technician', rights, 'command.run', false)).toBe(true);
    expect(mostGiven('technician', rights, 'command.run')).toBe('all');
    expect(mostGiven('technician', changed({ everywhere: { 'command.run': 'none' } }), 'command.run')).toBeNull();
  });

  it('cannot move what is fixed, whatever a row says', () => {
    for (const given of GIVEN) {
      const rights = changed({
        everywhere: { 'settings.write': given, 'session.see': given, 'audit.read': given },
        byClient: { c1: { 'settings.write': given, 'session.see': given, 'report.read': given } },
      });
      for (const clientId of [null, 'c1']) {
        expect(givenTo('admin', rights, 'settings.write', clientId)).toBe('all');
        expect(givenTo('admin', rights, 'audit.read', clientId)).toBe('all');
        expect(givenTo('manager', rights, 'settings.write', clientId)).toBe('none');
        expect(givenTo('technician', rights, 'session.see', clientId)).toBe('all');
      }
      expect(givenTo('manager', rights, 'report.read', 'c1')).toBe('all');
    }
    // There is no "own" of reading the audit log.
    expect(givenTo('dispatcher', changed({ everywhere: { 'audit.read': 'own' } }), 'audit.read', null)).toBe('none');
  });

  it('F044 nobody at the provider can be made to approve', () => {
    expect(PERMISSIONS.filter((permission) => /approv|consent|decide/.test(permission))).toEqual([]);
    for (const role of ROLES) expect(choices(role, 'settings.write', false)).toHaveLength(1);
  });
});
