import { describe, expect, it } from 'vitest';
import { effectScope, ref } from 'vue';
import { sampleCommand } from '../../testing/samples.ts';
import { useLeaveWarning } from './use-leave-warning.ts';

describe('leaving the page', () => {
  it('F037 asks first while a command runs, and only then', () => {
    const commands = ref([sampleCommand({ state: 'running' })]);
    const scope = effectScope();
    scope.run(() => useLeaveWarning(commands));
    const leave = () => {
      const event = new Event('beforeunload', { cancelable: true });
      globalThis.window.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(leave()).toBe(true);
    commands.value = [sampleCommand({ state: 'completed' })];
    expect(leave()).toBe(false);
    commands.value = [sampleCommand({ state: 'running' })];
    scope.stop();
    expect(leave()).toBe(false);
  });
});
