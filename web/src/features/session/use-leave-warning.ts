import { useEventListener } from '@vueuse/core';
import type { Ref } from 'vue';
import type { CommandFieldsFragment } from '../../graphql/generated/operations.ts';
import { mayWrite } from './command-words.ts';

/** Closing the tab while a command runs asks first. Nothing would be lost: the question is for the person, not for the capture. */
export function useLeaveWarning(commands: Ref<CommandFieldsFragment[]>): void {
  useEventListener(globalThis.window, 'beforeunload', (event) => {
    if (commands.value.some((command) => mayWrite(command.state))) event.preventDefault();
  });
}
