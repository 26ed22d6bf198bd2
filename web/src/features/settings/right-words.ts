import type { Permission } from '@throughline/domain/role';
import type { RightGiven } from '../../graphql/generated/operations.ts';

export const permissionWords: Record<Permission, string> = {
  'session.see': 'See endpoints and sessions',
  'session.start': 'Start a session',
  'command.run': 'Run commands, transfer files',
  'session.assign': 'Assign, set priority, remind, review',
  'session.escalate': 'Escalate',
  'session.complete': 'Complete a session',
  'message.write': 'Write messages',
  'flag.raise': 'Flag a session for a senior',
  'flag.review': 'Confirm or redirect a flag',
  'flag.queue': 'See the review queue',
  'transcript.search': 'Search records',
  'record.export': 'Export a record',
  'snapshot.share': 'Share a reviewed snapshot',
  'endpoint.enroll': 'Enrol an endpoint',
  'endpoint.retire': 'Retire an endpoint',
  'settings.write': 'Change settings, people and rights',
  'audit.read': 'Read the audit log',
  'report.read': 'Read reports',
};

export const givenWords: Record<RightGiven, string> = { none: 'No', own: 'Own sessions', all: 'Yes' };
