import type { Scope, Tx } from './tenant.ts';

export interface CommandInputRow {
  id: string;
  command_id: string;
  seq: number;
  text: string;
  ends: boolean;
  typed_by: string;
  typed_at: Date;
  not_after: Date;
  given: boolean | null;
  words: string | null;
  told_at: Date | null;
}

const COLUMNS =
  'i.id, i.command_id, i.seq, i.text, i.ends, i.typed_by, i.typed_at, i.not_after, i.given, i.words, i.told_at';

/** What was typed into a command, in its order. */
export async function inputsOfCommand(tx: Tx, scope: Scope, commandId: string): Promise<CommandInputRow[]> {
  const { rows } = await tx.query<CommandInputRow>(
    `select ${COLUMNS} from command_input i join session s on s.msp_id = i.msp_id and s.id = i.session_id
     where i.msp_id = $1 and i.command_id = $2 order by i.seq`,
    [scope.mspId, commandId],
  );
  return rows;
}

export interface NewInput {
  id: string;
  sessionId: string;
  commandId: string;
  runtimeId: string;
  seq: number;
  text: string;
  ends: boolean;
  typedBy: string;
  typedAt: number;
  order: Uint8Array;
  signature: Uint8Array;
  notAfter: number;
}

export async function insertInput(tx: Tx, mspId: string, input: NewInput): Promise<void> {
  await tx.query(
    `insert into command_input (msp_id, id, session_id, command_id, runtime_id, seq, text, ends, typed_by, typed_at, input_order, signature, not_after)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10 / 1000.0), $11, $12, to_timestamp($13 / 1000.0))`,
    [
      mspId,
      input.id,
      input.sessionId,
      input.commandId,
      input.runtimeId,
      input.seq,
      input.text,
      input.ends,
      input.typedBy,
      input.typedAt,
      input.order,
      input.signature,
      input.notAfter,
    ],
  );
}

/** The next number of a command's inputs, or null when this very input has one already. Under the session's lock. */
export async function nextInputSeq(tx: Tx, mspId: string, commandId: string, id: string): Promise<number | null> {
  const { rows } = await tx.query<{ known: boolean; next: number }>(
    `select coalesce(bool_or(id = $3), false) as known, coalesce(max(seq), 0) + 1 as next
     from command_input where msp_id = $1 and command_id = $2`,
    [mspId, commandId, id],
  );
  return rows[0]?.known === true ? null : (rows[0]?.next ?? 1);
}

export interface OpenInput {
  id: string;
  command_id: string;
  input_order: Buffer;
  signature: Buffer;
}

/** What this runtime has not told the fate of, in the order it was typed. Given late it would answer another question, so only while it is fresh. */
export async function openInputs(
  tx: Tx,
  mspId: string,
  runtimeId: string,
  commandId: string | null,
): Promise<OpenInput[]> {
  const { rows } = await tx.query<OpenInput>(
    `select id, command_id, input_order, signature from command_input
     where msp_id = $1 and runtime_id = $2 and told_at is null and not_after > now() and ($3::uuid is null or command_id = $3)
     order by command_id, seq`,
    [mspId, runtimeId, commandId],
  );
  return rows;
}

/** Writes down what became of an input; of one whose fate is known nothing changes. Returns whether it changed. */
export async function inputTold(
  tx: Tx,
  mspId: string,
  runtimeId: string,
  told: { commandId: string; seq: number; given: boolean; words: string },
): Promise<{ id: string } | null> {
  const { rows } = await tx.query<{ id: string }>(
    `update command_input set given = $5, words = $6, told_at = now()
     where msp_id = $1 and runtime_id = $2 and command_id = $3 and seq = $4 and told_at is null returning id`,
    [mspId, runtimeId, told.commandId, told.seq, told.given, told.words],
  );
  return rows[0] ?? null;
}

/** Numbers of a command's inputs whose fate nobody told. */
export async function untoldInputs(tx: Tx, mspId: string, commandId: string): Promise<number[]> {
  const { rows } = await tx.query<{ seq: number }>(
    'select seq from command_input where msp_id = $1 and command_id = $2 and told_at is null order by seq',
    [mspId, commandId],
  );
  return rows.map((row) => row.seq);
}
