import { notFound } from '@throughline/domain/errors';
import { commandById } from '@throughline/store/command-store';
import { withTenant } from '@throughline/store/tenant';
import { cancelCommandUpdate } from '@throughline/workflows/messages';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { doerOf, step } from './step.ts';
import { scopeOf } from './viewer.ts';

/** Asks the endpoint to stop a command, or takes back one that still waits. Asking twice is harmless. */
export async function cancelCommand(deps: Deps, viewer: Viewer, commandId: string): Promise<void> {
  const command = await withTenant(deps.pool, scopeOf(viewer), (tx) => commandById(tx, scopeOf(viewer), commandId));
  if (command === null) throw notFound('Command');
  await step(
    deps,
    viewer,
    command.session_id,
    'command.run',
    cancelCommandUpdate,
    () => Promise.resolve({ commandId, by: doerOf(viewer, 'command.run') }),
    `cancel:${commandId}`,
    // A cancel changes no session, it is written down.
    { k: 'entry' },
  );
}
