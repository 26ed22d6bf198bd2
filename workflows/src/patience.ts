/*
 * How long Temporal waits for a worker that may be dead before it gives the work to another. An SLA mark is at most 5 s late once there is a
 * worker again (fault test T13), so each of these waits, which do not add up, is shorter.
 */

/** For a step of a session's workflow: one that is replayed from its start included, which takes well under a second. */
export const STEP_TIMEOUT = '4s';
/** For the next sign of an activity that is at work. It may take as long as `startToClose` says, as long as it gives signs. */
export const SIGN_TIMEOUT = '4s';
/** For a worker to fetch the step of a session it keeps in memory; then any worker may have it. */
export const STICKY_TIMEOUT = '2s';
/** How often an activity gives a sign, in ms. */
export const BEAT_MS = 1_000;
/**
 * How a client of Temporal comes back to it, as options of the gRPC channel: by itself it waits longer after each failure, up to two minutes,
 * and everything that is asked until then fails though Temporal is there again.
 */
export const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 250, 'grpc.max_reconnect_backoff_ms': 500 };
