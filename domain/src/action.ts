import { type Sha256, toHex, utf8 } from './bytes.ts';
import { canonicalJson } from './canonical.ts';
import type { CommandSpec } from './command.ts';

/**
 * The hash an approval is bound to: session, endpoint and every field of what will run.
 * Change one byte of the script and the approval no longer fits.
 */
export function actionHash(sha256: Sha256, sessionId: string, endpointId: string, spec: CommandSpec): string {
  const text = canonicalJson({ v: 1, sessionId, endpointId, ...spec });
  return toHex(sha256(utf8(`throughline/action/v1\n${text}`)));
}

/** The hash the consent to a whole session is bound to. */
export function consentHash(sha256: Sha256, sessionId: string, endpointId: string): string {
  return toHex(sha256(utf8(`throughline/consent/v1\n${canonicalJson({ v: 1, sessionId, endpointId })}`)));
}
