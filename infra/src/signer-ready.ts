import { SignerClient } from '@throughline/activities/signer/signer-client';
import { PartFailure } from './part-failure.ts';

const PATIENCE_MS = 120_000;

/** Waits until the signer answers on its socket and its database answers it. */
export async function signerReady(path: string): Promise<void> {
  const began = Date.now();
  const signer = new SignerClient(path);
  try {
    for (;;) {
      const failure = await signer.ping().then(
        () => null,
        (error: Error) => error,
      );
      if (failure === null) return;
      if (Date.now() - began > PATIENCE_MS)
        throw new PartFailure('Signer', failure.message, 'read signer.log in DATA_DIR/logs', { cause: failure });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    signer.close();
  }
}
