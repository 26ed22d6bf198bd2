import type { GraphQLSchema } from 'graphql';
import './scalars.ts';
import './user-error.ts';
import './client.ts';
import './user.ts';
import './account.ts';
import './entry.ts';
import './approval.ts';
import './command.ts';
import './command-remarks.ts';
import './endpoint.ts';
import './session.ts';
import './board.ts';
import './search.ts';
import './psa.ts';
import './news.ts';
import './health.ts';
import './session-mutations.ts';
import './dispatch.ts';
import './file.ts';
import './settings-mutations.ts';
import './policy.ts';
import './approver.ts';
import './sla.ts';
import './subscriptions.ts';
import { builder } from './builder.ts';

/** The whole schema; schema.graphql beside this file is its print, and a test holds the two together. */
export const schema: GraphQLSchema = builder.toSchema();
