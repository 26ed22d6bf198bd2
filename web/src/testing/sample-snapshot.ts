import type { SnapshotWholeFragment } from '../graphql/generated/operations.ts';
import type { SnapshotDocument } from '../features/snapshot/document.ts';

/* A copy for tests: the printer ticket, with a mark that stands in several texts and a secret. */
const at = (minute: number) => `2026-05-18T14:${String(minute).padStart(2, '0')}:00.000Z`;

export const sampleCopy = (): SnapshotDocument => ({
  v: 1,
  title: ['Printer not working'],
  client: [{ mark: 'client-1' }],
  host: [{ mark: 'host-1' }],
  from: at(21),
  until: at(49),
  outcome: 'resolved',
  throughSeq: 40,
  entries: [
    {
      seq: 1,
      at: at(21),
      tone: 'plain',
      label: 'Opened',
      words: ['for ', { mark: 'person-1' }, ' of ', { mark: 'client-1' }],
    },
    {
      seq: 9,
      at: at(22),
      tone: 'good',
      label: 'Consent given',
      words: ['Yes by ', { mark: 'person-1' }, ', at the computer.'],
    },
    {
      ...{ seq: 14, at: at(28), tone: 'warn', label: 'Command with error output', words: ['read the log'] },
      command: {
        shell: 'powershell',
        script: ['Get-Content ', { mark: 'path-1' }, ' -Tail 4'],
        context: [{ mark: 'account-1' }, ', C:\\'],
        state: 'completed_with_errors',
        exitCode: 0,
        startedAt: at(28),
        endedAt: at(28),
        stdout: ['auth with ', { mark: 'secret-1' }, '\nqueue Front desk HP\n'],
        stderr: ['a warning\n'],
        stdoutLeftOut: 0,
        stderrLeftOut: 2048,
      },
    },
    { seq: 40, at: at(49), tone: 'good', label: 'Resolved', words: ['told ', { mark: 'person-1' }] },
  ],
});

export const sampleMarks = [
  { mark: 'client-1', kind: 'client', value: 'Brightline Print', places: 2 },
  { mark: 'host-1', kind: 'host', value: 'BRIT-NORTH-01', places: 1 },
  { mark: 'person-1', kind: 'person', value: 'Ken Abe', places: 3 },
  { mark: 'account-1', kind: 'account', value: 'ken.abe', places: 1 },
  { mark: 'path-1', kind: 'path', value: 'C:\\Users\\ken.abe\\driver.log', places: 1 },
  { mark: 'secret-1', kind: 'secret', value: null, places: 1 },
];

export const sampleSnapshot = (over: Partial<SnapshotWholeFragment> = {}): SnapshotWholeFragment => ({
  id: 'N1',
  state: 'DRAFT',
  throughSeq: 40,
  createdAt: at(50),
  createdBy: 'Sam Whitfield',
  publishedBy: null,
  publishedAt: null,
  expiresAt: null,
  revokedAt: null,
  views: 0,
  lastViewAt: null,
  url: null,
  canRevoke: over.state === 'PUBLISHED',
  edits: [],
  review: { hash: 'h1', rules: 1, places: 9, marks: sampleMarks, document: JSON.stringify(sampleCopy()) },
  session: { id: 'S1', number: 1998, title: 'Printer not working' },
  ...over,
});
