import { signerSocket } from '@throughline/activities/signer/protocol';
import { SignerClient } from '@throughline/activities/signer/signer-client';

/** HEALTHCHECK of the signer's container: it answers on its socket, and its database answers it. */
const signer = new SignerClient(process.env.SIGNER_SOCKET ?? signerSocket(process.env.DATA_DIR ?? '.'));
await signer
  .ping()
  .catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  })
  .finally(() => signer.close());
