import type { ApiScope } from '../../graphql/generated/operations.ts';

/** What each scope lets a program do, on top of reading. */
export const scopeWords: Record<ApiScope, string> = {
  read: 'read',
  sessions_write: 'work with sessions',
  commands_write: 'propose commands and files',
  endpoints_write: 'enrol and retire endpoints',
  admin: 'change settings',
};
