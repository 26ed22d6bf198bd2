import { describe, expect, it } from 'vitest';
import { type Candidate, suggestAssignees } from './suggest-assignee.ts';

const person = (id: string, over: Partial<Candidate> = {}): Candidate => ({
  id,
  name: id,
  onShift: true,
  open: 0,
  clients: '*',
  worked: {},
  ...over,
});
const harbor = { clientId: 'h', clientName: 'Harbor Dental' };
const first = (...people: Candidate[]) => suggestAssignees(people, [harbor])[0];

describe('U52 the suggestion', () => {
  it('is the one with the least open, and says so', () => {
    expect(first(person('jun', { open: 2 }), person('theo', { open: 1 }))).toEqual({
      id: 'theo',
      open: 1,
      worked: 0,
      reason: '1 open, no session of Harbor Dental in the last 90 days',
    });
  });
  it('prefers who knows the client, up to three open sessions more', () => {
    const jun = (open: number) => person('jun', { open, worked: { h: 7 } });
    expect(first(jun(3), person('theo', { open: 1 }))?.reason).toBe(
      '3 open, 7 sessions of Harbor Dental in the last 90 days',
    );
    expect(first(jun(5), person('theo', { open: 1 }))?.id).toBe('theo');
    expect(first(person('jun', { open: 1, worked: { other: 7 } }), person('theo'))?.id).toBe('theo');
  });
  it('passes over who is off shift or may not see the client, and is null when nobody is left', () => {
    const away = person('jun', { onShift: false });
    const elsewhere = person('lena', { clients: ['other'] });
    expect(first(away, elsewhere, person('theo', { open: 9, clients: ['h'] }))?.id).toBe('theo');
    expect(first(away, elsewhere)).toBeNull();
  });
  it('gives several sessions to several people, the load counting up as they go', () => {
    const people = [person('jun'), person('sam'), person('theo')];
    expect(suggestAssignees(people, [harbor, harbor, harbor, harbor]).map((s) => s?.id)).toEqual([
      'jun',
      'sam',
      'theo',
      'jun',
    ]);
  });
});
