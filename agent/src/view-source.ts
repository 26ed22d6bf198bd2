import type { ApproverPins } from '@throughline/domain/passkey';
import type { KnownCommand } from './command-journal.ts';
import type { CommandWatch } from './command-watch.ts';
import type { ConsentStore } from './consent-store.ts';

/** What the prompt page is made from. */
export interface ViewSource {
  mspName: string;
  since: number;
  identity: { clientName: string; endpointName: string };
  connection: { ready: boolean };
  consent: ConsentStore;
  pins: Pick<ApproverPins, 'approvers' | 'classes'> | null;
  journal: { all: () => KnownCommand[] };
  result: (commandId: string) => Pick<CommandWatch, 'started' | 'exit' | 'inputs'>;
}
