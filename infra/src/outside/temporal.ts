import { Connection, isGrpcServiceError } from '@temporalio/client';
import { PartFailure } from '../part-failure.ts';
import { CONTACT_MS, knock, whyNoContact } from './contact.ts';

type ServerError = Error & { code: number; details: string };

/** A Temporal server that we did not start. */
export interface OutsideTemporal {
  /** host:port */
  address: string;
  namespace: string;
  tls: boolean;
  /** A secret. */
  apiKey?: string;
}

/** As long as the embedded server keeps closed sessions. Only where we make the namespace: another's is not ours to change. */
const RETENTION_DAYS = 90;
/** A cluster tells all its machines of a new namespace within seconds. */
const KNOWN_WITHIN_MS = 60_000;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
/** PERMISSION_DENIED and UNAUTHENTICATED. */
const REFUSED = [7, 16];

/**
 * Makes sure that the server of TEMPORAL_ADDRESS answers and has our namespace, before anything else is started. A missing
 * namespace is made, where the server lets us. Resolves with true when it was.
 */
export async function requireTemporal(server: OutsideTemporal): Promise<boolean> {
  const connection = await connect(server);
  try {
    return await connection.withDeadline(Date.now() + 2 * CONTACT_MS, () => requireNamespace(connection, server));
  } finally {
    await connection.close();
  }
}

async function connect({ address, tls, apiKey }: OutsideTemporal): Promise<Connection> {
  const colon = address.lastIndexOf(':');
  try {
    await knock(address.slice(0, colon), Number(address.slice(colon + 1)));
  } catch (error) {
    throw new PartFailure(
      'Temporal',
      `${address} does not answer (${whyNoContact(error) ?? (error as Error).message})`,
      'check TEMPORAL_ADDRESS, and that the server runs; without TEMPORAL_ADDRESS, npm start runs one of its own',
      { cause: error },
    );
  }
  try {
    // As api and worker do it: what is left out, the SDK decides (a key alone means TLS).
    return await Connection.connect({ address, apiKey, ...(tls ? { tls } : {}), connectTimeout: CONTACT_MS });
  } catch (error) {
    throw refusal(error, address) ?? notTemporal(error, address, tls);
  }
}

async function requireNamespace(connection: Connection, server: OutsideTemporal): Promise<boolean> {
  const { address, namespace } = server;
  const service = connection.workflowService;
  try {
    await service.describeNamespace({ namespace });
    return false;
  } catch (error) {
    if (codeOf(error) !== NOT_FOUND) throw refusal(error, address) ?? error;
  }
  try {
    const keep = { seconds: (RETENTION_DAYS * 86_400) as never };
    const description = 'Sessions of Throughline';
    await service.registerNamespace({ namespace, description, workflowExecutionRetentionPeriod: keep });
  } catch (error) {
    if (codeOf(error) === ALREADY_EXISTS) return false; // another start was first
    throw new PartFailure(
      'Temporal',
      `${address} has no namespace "${namespace}", and does not let us make it (${wordsOf(error)})`,
      `make it (temporal operator namespace create --namespace ${namespace} --retention ${RETENTION_DAYS}d, or in your ` +
        'cloud console), or set TEMPORAL_NAMESPACE to one that is there',
      { cause: error },
    );
  }
  await untilKnown(connection, namespace);
  return true;
}

/** The worker must not start before the server's front ends know the namespace: it would be turned away. */
async function untilKnown(connection: Connection, namespace: string): Promise<void> {
  const look = () =>
    connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: 'sessions' }, taskQueueType: 1 });
  for (const began = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    try {
      return void (await connection.withDeadline(Date.now() + CONTACT_MS, look));
    } catch (error) {
      if (codeOf(error) !== NOT_FOUND || Date.now() - began > KNOWN_WITHIN_MS) throw error;
    }
  }
}

function refusal(error: unknown, address: string): PartFailure | null {
  if (!REFUSED.includes(codeOf(error) ?? -1)) return null;
  return new PartFailure(
    'Temporal',
    `${address} does not let us in (${wordsOf(error)})`,
    'check TEMPORAL_API_KEY, TEMPORAL_TLS and TEMPORAL_NAMESPACE, and what this key may do there',
    { cause: error },
  );
}

function notTemporal(error: unknown, address: string, tls: boolean): PartFailure {
  return new PartFailure(
    'Temporal',
    `${address} takes connections, but does not answer as a Temporal server does${tls ? ' with TLS' : ''} (${wordsOf(error)})`,
    'check TEMPORAL_ADDRESS (the front end, by default port 7233, not the web page) and TEMPORAL_TLS (true or false)',
    { cause: error },
  );
}

function codeOf(error: unknown): number | undefined {
  return innermost(error)?.code;
}

function wordsOf(error: unknown): string {
  const said = innermost(error);
  return said ? said.details || said.message : (error as Error).message;
}

/** What the server said: the client wraps it, saying only that it could not connect. */
function innermost(error: unknown): ServerError | null {
  if (!(error instanceof Error)) return null;
  return innermost(error.cause) ?? (isGrpcServiceError(error) ? error : null);
}
