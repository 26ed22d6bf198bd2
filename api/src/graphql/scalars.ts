import { GraphQLError } from 'graphql';
import { builder } from './builder.ts';

builder.scalarType('DateTime', {
  description: 'ISO 8601, UTC, milliseconds.',
  serialize: (value) => new Date(value).toISOString(),
  parseValue: (value) => {
    const date = typeof value === 'string' ? new Date(value) : new Date(Number.NaN);
    if (Number.isNaN(date.getTime()))
      throw new GraphQLError('A DateTime is an ISO 8601 text, for instance 2026-11-21T08:11:08.000Z.');
    return date;
  },
});

builder.scalarType('JSON', {
  description: 'Any JSON value; its shape is told where it is used.',
  serialize: (value) => value,
  parseValue: (value) => value,
});
