import { UPDATE_STATES } from '@throughline/domain/update-state';
import type { EndpointUpdateRow } from '@throughline/store/endpoint-update-store';
import { builder } from './builder.ts';

const UpdateState = builder.enumType('UpdateState', { values: UPDATE_STATES });

export const EndpointUpdate = builder.objectRef<EndpointUpdateRow>('EndpointUpdate').implement({
  description: 'How far an endpoint is with a version of the runtime that it was offered.',
  fields: (t) => ({
    version: t.exposeString('version'),
    fromVersion: t.exposeString('from_version'),
    state: t.field({ type: UpdateState, resolve: (row) => row.state }),
    reason: t.exposeString('reason', { description: 'in plain words; empty where the state says it all' }),
    at: t.field({ type: 'DateTime', resolve: (row) => row.at }),
  }),
});
