/** The versions of the agent protocol that this source speaks, newest first. A gateway serves both, a runtime speaks the newest. */
export const PROTOCOL_VERSIONS = [2, 1] as const;
export type ProtocolVersion = (typeof PROTOCOL_VERSIONS)[number];
export const PROTOCOL_VERSION: ProtocolVersion = 2;

export const isServed = (version: unknown): version is ProtocolVersion =>
  PROTOCOL_VERSIONS.some((served) => served === version);
