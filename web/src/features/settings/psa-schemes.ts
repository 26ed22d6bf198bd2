/** The signature schemes a PSA connection can use. The keys are the server's. */
export const schemeWords = {
  'standard-webhooks': 'Standard Webhooks (webhook-id, -timestamp, -signature)',
  'hmac-sha256': 'HMAC-SHA256 of the body (X-Signature or X-Hub-Signature header)',
} as const;

/** A fresh signing secret of 32 random bytes, in the form Standard Webhooks uses. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}
