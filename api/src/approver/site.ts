import type { ApproverPins } from '@throughline/domain/passkey';

/** Where approvers' passkeys belong: WebAuthn ties them to the desk's host name, and to its whole origin when they are used. */
export function siteOf(publicUrl: string): Pick<ApproverPins, 'rpId' | 'origin'> {
  const { hostname, origin } = new URL(publicUrl);
  return { rpId: hostname, origin };
}
