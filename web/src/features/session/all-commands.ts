import type { InjectionKey, Ref } from 'vue';
import type { CommandFieldsFragment } from '../../graphql/generated/operations.ts';

/** All commands of the session, for what points from one to another. */
export const allCommandsKey: InjectionKey<Ref<CommandFieldsFragment[]>> = Symbol('commands');
