/** How many ended commands, decided requests and ended scopes a session remembers: enough to answer a repeat. */
export const KEPT = 500;
