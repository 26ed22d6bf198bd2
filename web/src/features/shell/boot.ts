import { shallowRef } from 'vue';

/** Why nobody could be asked who is signed in; shown instead of the page, with a retry. */
export const bootFailure = shallowRef<Error | null>(null);
