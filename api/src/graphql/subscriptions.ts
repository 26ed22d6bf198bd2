import { setTimeout as sleep } from 'node:timers/promises';
import type { TranscriptEntry } from '@throughline/domain/entry';
import { notFound } from '@throughline/domain/errors';
import { type CommandRow, commandById } from '@throughline/store/command-store';
import { type NotificationRow, notificationsSince } from '@throughline/store/notification-store';
import type { StoreEvent } from '@throughline/store/notify';
import { type OutputHead, type StoredFrame, framesAfter, outputHead } from '@throughline/store/output-store';
import { entriesAfter } from '@throughline/store/record-store';
import { type SessionRow, sessionById } from '@throughline/store/session-store';
import { encodeGlobalID } from '@pothos/plugin-relay';
import type { Watcher } from '@throughline/store/watch-store';
import { WATCH_BEAT_MS, Watching } from '../live/watching.ts';
import { whileSignedIn } from '../auth/while-signed-in.ts';
import { scopeOf } from '../sessions/viewer.ts';
import { type BoardChange, BoardNews } from './board-news.ts';
import { builder } from './builder.ts';
import { type Context, reading, viewerOf } from './context.ts';
import { Entry, type SessionEntry } from './entry.ts';
import { OutputStream } from './enums.ts';
import { Notification } from './news.ts';
import { ApprovalRequest, Client, Command, Endpoint, Flag, Session, User } from './refs.ts';

interface SessionChange {
  entry: SessionEntry | null;
  session: SessionRow;
  command: CommandRow | null;
  watchers: Watcher[];
}

const SessionWatcher = builder.objectRef<Watcher>('SessionWatcher').implement({
  fields: (t) => ({
    user: t.field({ type: User, resolve: (watcher) => watcher.user_id }),
    typing: t.exposeBoolean('typing'),
    asksForCommandRights: t.exposeBoolean('asks'),
  }),
});

const SessionEvent = builder.objectRef<SessionChange>('SessionEvent').implement({
  description:
    'What changed in a session. With an entry: append it. `session` and `command` are their state after the change.',
  fields: (t) => ({
    entry: t.field({ type: Entry, nullable: true, resolve: (change) => change.entry }),
    session: t.field({ type: Session, resolve: (change) => change.session }),
    command: t.field({ type: Command, nullable: true, resolve: (change) => change.command }),
    watchers: t.field({
      type: [SessionWatcher],
      description: 'Who follows the session now, you too. Following it is what counts as having it open.',
      resolve: (change) => change.watchers,
    }),
  }),
});

/** A piece of output, and how much of each stream there was when it was read. */
type OutputPiece = StoredFrame & { stored: OutputHead['bytes'] };

const OutputEvent = builder.objectRef<OutputPiece>('OutputEvent').implement({
  description:
    "A piece of a running command's output. `bytes` is base64; `seq` goes into `after` when subscribing again.",
  fields: (t) => ({
    seq: t.exposeInt('seq'),
    stream: t.field({ type: OutputStream, resolve: (frame) => (frame.stream === 2 ? 'stderr' : 'stdout') }),
    offset: t.exposeFloat('off'),
    bytes: t.string({ resolve: (frame) => frame.bytes.toString('base64') }),
    at: t.field({ type: 'DateTime', resolve: (frame) => frame.at }),
    stdoutBytes: t.float({
      description: 'stored so far, this piece included',
      resolve: (frame) => frame.stored.stdout,
    }),
    stderrBytes: t.float({ resolve: (frame) => frame.stored.stderr }),
  }),
});

const BoardEvent = builder.objectRef<BoardChange>('BoardEvent').implement({
  fields: (t) => ({
    kind: t.exposeString('kind'),
    sessionId: t.id({ nullable: true, resolve: (change) => globalId('Session', change.sessionId) }),
    endpointId: t.id({ nullable: true, resolve: (change) => globalId('Endpoint', change.endpointId) }),
    at: t.field({ type: 'DateTime', resolve: (change) => change.at }),
  }),
});

const globalId = (type: string, id: string | null) => (id === null ? null : encodeGlobalID(type, id));

builder.subscriptionFields((t) => ({
  sessionEvents: t.field({
    type: SessionEvent,
    args: { sessionId: t.arg.globalID({ required: true, for: Session }), after: t.arg.int({ required: true }) },
    subscribe: (_root, args, context) => sessionEvents(context, args.sessionId.id, args.after),
    resolve: (change: SessionChange) => change,
  }),
  commandOutput: t.field({
    type: OutputEvent,
    args: {
      commandId: t.arg.globalID({ required: true, for: Command }),
      after: t.arg.int({ required: true }),
      newest: t.arg.boolean({
        defaultValue: false,
        description:
          'Leaves out old pieces when far behind. Offsets show what was left out; it can be read over HTTP at any time.',
      }),
    },
    subscribe: (_root, args, context) => commandOutput(context, args.commandId.id, args.after, args.newest === true),
    resolve: (piece: OutputPiece) => piece,
  }),
  boardEvents: t.field({
    type: BoardEvent,
    description:
      'What changed on the board, told five times a second at most. `refresh` names nothing: read the board again. It comes first, after a gap, and where much changed at once.',
    subscribe: (_root, _args, context) => boardEvents(context),
    resolve: (change: BoardChange) => change,
  }),
  notificationAdded: t.field({
    type: Notification,
    description: 'Each new one, and each again when it was read, here or in another window.',
    subscribe: (_root, _args, context) => notificationAdded(context),
    resolve: (row: NotificationRow) => row,
  }),
}));

/** Row caches live as long as a subscription: emptied before each event, or it would tell of an old state. */
function forgetRows(context: Context): void {
  for (const ref of [Session, Command, Endpoint, ApprovalRequest, Client, User, Flag])
    ref.getDataloader(context).clearAll();
}

const PAGE = 100;
const LOOK_BACK_MS = 10_000;

async function* sessionEvents(context: Context, sessionId: string, after: number): AsyncGenerator<SessionChange> {
  const viewer = viewerOf(context);
  const watching = new Watching(context.deps, scopeOf(viewer), sessionId, viewer.userId);
  try {
    yield* changesOf(context, sessionId, after, watching);
  } finally {
    await watching.end();
  }
}

async function* changesOf(
  context: Context,
  sessionId: string,
  after: number,
  watching: Watching,
): AsyncGenerator<SessionChange> {
  const { mspId } = viewerOf(context);
  const touched = new Set<string>();
  let seen = after;
  const fits = (event: StoreEvent) => {
    if (event.m !== mspId) return false;
    if (event.s === sessionId && event.c !== undefined && ['command', 'approval'].includes(event.k))
      touched.add(event.c);
    return event.s === sessionId && ['entry', 'session', 'command', 'approval', 'watch', 'flag'].includes(event.k);
  };
  for await (const tick of following(context, fits, WATCH_BEAT_MS)) {
    forgetRows(context);
    const news = await reading(context, async (tx, scope) => {
      const row = await sessionById(tx, scope, sessionId);
      if (row === null) throw notFound('Session');
      const { watchers, changed } = await watching.beat(tx);
      if (tick === 'beat' && !changed) return null;
      const ids = [...touched];
      touched.clear();
      const fresh: TranscriptEntry[] = [];
      for (let page = await entriesAfter(tx, scope, sessionId, seen, PAGE); page.length > 0;) {
        fresh.push(...page);
        page = page.length < PAGE ? [] : await entriesAfter(tx, scope, sessionId, fresh.at(-1)?.seq ?? seen, PAGE);
      }
      for (const entry of fresh)
        if ('commandId' in entry.payload && entry.payload.commandId !== null) ids.push(entry.payload.commandId);
      const rows = new Map<string, CommandRow>();
      for (const id of new Set(ids)) {
        const command = await commandById(tx, scope, id);
        if (command !== null) rows.set(id, command);
      }
      return { session: row, entries: fresh, commands: rows, watchers };
    });
    if (news === null) continue;
    const { session, entries, commands, watchers } = news;
    for (const entry of entries) {
      seen = entry.seq;
      const id = 'commandId' in entry.payload ? entry.payload.commandId : null;
      const command = id === null ? null : (commands.get(id) ?? null);
      if (id !== null) commands.delete(id);
      yield { entry: { ...entry, sessionId } as SessionEntry, session, command, watchers };
    }
    for (const command of commands.values()) yield { entry: null, session, command, watchers };
    if (entries.length === 0 && commands.size === 0) yield { entry: null, session, command: null, watchers };
  }
}

/** With `newest`, a reader who is further behind than this many pieces is moved on to the last few. */
const FAR_BEHIND = 64;
const LAST_FEW = 16;

async function* commandOutput(
  context: Context,
  commandId: string,
  after: number,
  newest: boolean,
): AsyncGenerator<OutputPiece> {
  const { mspId } = viewerOf(context);
  let seen = after;
  const fits = (event: StoreEvent) =>
    event.m === mspId && event.c === commandId && (event.k === 'output' || event.k === 'command');
  for await (const _tick of following(context, fits)) {
    let over = false;
    for (;;) {
      // Output first: a follower waits for it. Whether the command is over is asked only when there is none.
      const { frames, command, stored } = await reading(context, async (tx, scope) => {
        const head = await outputHead(tx, mspId, commandId);
        if (newest && head.nextSeq - 1 - seen > FAR_BEHIND) seen = head.nextSeq - 1 - LAST_FEW;
        const fresh = await framesAfter(tx, scope, commandId, seen, 16);
        const known = fresh.length > 0 ? null : await commandById(tx, scope, commandId);
        return { frames: fresh, command: known, stored: head.bytes };
      });
      for (const frame of frames) {
        seen = frame.seq;
        yield { ...frame, stored };
      }
      if (frames.length > 0) continue;
      if (command === null) throw notFound('Command');
      // Known to be over before the last look found nothing: only then nothing can have come between.
      if (over) return;
      if (command.finished_at === null) break;
      over = true;
    }
  }
}

/** Between two turns of telling a board. The first piece of news goes out at once; what comes within this goes together. */
const BOARD_TURN_MS = 200;

async function* boardEvents(context: Context): AsyncGenerator<BoardChange> {
  const viewer = viewerOf(context);
  const news = new BoardNews();
  const fits = (event: StoreEvent) => {
    const concerns =
      event.m === viewer.mspId &&
      ['session', 'endpoint', 'approval', 'prompt', 'command', 'user', 'flag'].includes(event.k);
    if (concerns) news.add({ kind: event.k, sessionId: event.s ?? null, endpointId: event.e ?? null, at: new Date() });
    return concerns;
  };
  for await (const _tick of following(context, fits)) {
    yield* await news.take(scopeOf(viewer), (fn) => reading(context, fn));
    await sleep(BOARD_TURN_MS);
  }
}

async function* notificationAdded(context: Context): AsyncGenerator<NotificationRow> {
  const { mspId, userId } = viewerOf(context);
  // `at` is when its transaction began, and a Date holds no microseconds: look back a little each time, and tell each one once.
  let told: Set<string> | null = null;
  let since = Date.now();
  const stateOf = (row: NotificationRow) => `${row.id} ${row.read_at?.getTime() ?? ''}`;
  const fits = (event: StoreEvent) => event.m === mspId && event.k === 'notification' && event.u === userId;
  for await (const _tick of following(context, fits)) {
    const from = new Date(since - LOOK_BACK_MS);
    const rows = await reading(context, (tx) => notificationsSince(tx, mspId, userId, from));
    // What was there before somebody listened is in their list already.
    const fresh = told === null ? [] : rows.filter((row) => told?.has(stateOf(row)) === false);
    told = new Set(rows.map(stateOf));
    since = Math.max(since, ...rows.map((row) => (row.read_at ?? row.at).getTime()));
    yield* fresh;
  }
}

/** Ticks until the reader goes away, or is no longer signed in. */
async function* following(
  context: Context,
  fits: (event: StoreEvent) => boolean,
  beatMs?: number,
): AsyncGenerator<'news' | 'beat'> {
  const { signal, release } = whileSignedIn(context.deps, viewerOf(context), context.gone);
  try {
    yield* context.deps.hub.ticks(fits, signal, beatMs);
  } finally {
    release();
  }
}
