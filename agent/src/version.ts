/* Put in by scripts/agent-build.mjs; the sources have neither. */
declare const THROUGHLINE_BUILD_VERSION: string;
declare const THROUGHLINE_BUILD_RELEASE_KEY: string;

export const AGENT_VERSION = typeof THROUGHLINE_BUILD_VERSION === 'string' ? THROUGHLINE_BUILD_VERSION : '0.1.0';

/** The key that this build was told to believe updates from (Ed25519 SPKI DER, base64); empty when it was told none. */
export const BUILT_IN_RELEASE_KEY =
  typeof THROUGHLINE_BUILD_RELEASE_KEY === 'string' ? THROUGHLINE_BUILD_RELEASE_KEY : '';
