import { randomUUID } from 'node:crypto';
import { type CommandState, isFinal } from '@throughline/domain/command';
import { DomainError, notFound } from '@throughline/domain/errors';
import { commandById } from '@throughline/store/command-store';
import { appendEntry } from '@throughline/store/record-store';
import { withTenant } from '@throughline/store/tenant';
import { cancelCommandUpdate } from '@throughline/workflows/messages';
import type { Viewer } from '../auth/viewer.ts';
import type { Deps } from '../deps.ts';
import { doerOf, step } from './step.ts';
import { authorOf, commandsAreOwn, permit, scopeOf, seenSession } from './viewer.ts';

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
    (_tx, session) => Promise.resolve({ commandId, by: doerOf(viewer, 'command.run', session) }),
    `cancel:${commandId}`,
  );
}

/**
 * A command goes to its endpoint by itself, once the person there allowed it: nobody sends one. Whoever asks for that is refused, and the
 * attempt goes on the record, because a denial that somebody tried to get round is what a reviewer looks for.
 */
export async function dispatchCommand(deps: Deps, viewer: Viewer, commandId: string): Promise<never> {
  const scope = scopeOf(viewer);
  const refusal = await withTenant(deps.pool, scope, async (tx) => {
    const command = await commandById(tx, scope, commandId);
    if (command === null) throw notFound('Command');
    const session = await seenSession(tx, viewer, command.session_id);
    permit(viewer, 'command.run', commandsAreOwn(viewer, session), session.client_id);
    const refused = whyNotSent(command.state);
    await appendEntry(tx, viewer.mspId, command.session_id, {
      kind: 'dispatch_refused',
      key: `dispatch:${commandId}:${randomUUID()}`,
      actor: authorOf(viewer),
      origin: 'api',
      at: new Date().toISOString(),
      payload: { commandId, state: command.state, words: refused.message },
    });
    return refused;
  });
  throw refusal;
}

function whyNotSent(state: CommandState): DomainError {
  if (state === 'denied')
    return new DomainError(
      'APPROVAL_DENIED',
      'An attempt after denial: this command was denied at the device, and a no is final. Propose another one.',
    );
  if (state === 'waiting_approval' || state === 'proposed')
    return new DomainError(
      'APPROVAL_REQUIRED',
      'This command waits for the person at the device. It is sent by itself once they approve it.',
    );
  return isFinal(state)
    ? new DomainError('CONFLICT', 'This command has ended. Propose it again to run it again.')
    : new DomainError('CONFLICT', 'This command was sent already. A command runs once.');
}
