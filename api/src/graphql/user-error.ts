import { DomainError } from '@throughline/domain/errors';
import { builder } from './builder.ts';

builder.objectType(DomainError, {
  name: 'UserError',
  description: 'An expected failure: a stable code for programs, a sentence for people.',
  fields: (t) => ({
    code: t.exposeString('code'),
    message: t.exposeString('message'),
    sessionNumber: t.int({
      nullable: true,
      description: 'The session that is open already, where one is in the way.',
      resolve: ({ details }) => (typeof details['sessionNumber'] === 'number' ? details['sessionNumber'] : null),
    }),
  }),
});

/** The options that make a mutation answer with the named union of its result and UserError. */
export const orUserError = (name: string) => ({ types: [DomainError], directResult: true as const, union: { name } });
