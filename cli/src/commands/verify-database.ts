import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type CheckpointLine, zCheckpointLine } from '@throughline/store/checkpoint-line';
import { checkpointLog } from '@throughline/store/checkpoint-key';
import { verifySession } from '@throughline/store/database-verify';
import { VERDICTS, type VerifyReport } from '@throughline/domain/verify-report';
import { type Desk, atDesk, atDesks, sessionIdOf } from '../desk.ts';
import type { Env } from '../env.ts';
import { Problem } from '../problem.ts';
import { EXIT_CODES, reportText } from '../report-text.ts';

/** `verify-database`: recomputes what is stored, and holds it against the checkpoints kept outside the database. */
export async function verifyDatabase(args: string[], env: Env): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      session: { type: 'string' },
      all: { type: 'boolean' },
      org: { type: 'string' },
      checkpoints: { type: 'string' },
    },
  });
  if ((values.session === undefined) === (values.all !== true))
    throw new Problem('Say what to check: verify-database --session NUMBER, or verify-database --all.', 4);
  const outside = await linesOf(env, values.checkpoints);
  process.stdout.write(`\nHeld against ${outside.length} checkpoints kept outside the database.\n`);
  const named = values.session;
  const reports =
    named === undefined
      ? (await atDesks(env, values.org ?? '*', (desk) => all(desk, outside))).flat()
      : [await atDesk(env, values.org, (desk) => one(desk, named, outside))];
  for (const report of reports)
    if (named !== undefined || report.verdict !== 'valid') process.stdout.write(reportText(report, { pinned: false }));
  if (named === undefined) {
    const bad = reports.filter((report) => report.verdict !== 'valid').length;
    process.stdout.write(`\n${reports.length} sessions checked, ${bad === 0 ? 'all valid' : `${bad} with faults`}.\n`);
  }
  const worst = VERDICTS.find((verdict) => reports.some((report) => report.verdict === verdict));
  return EXIT_CODES[worst ?? 'valid'];
}

function one(desk: Desk, named: string, outside: CheckpointLine[]): Promise<VerifyReport> {
  return desk.transaction(async (tx) =>
    verifySession(tx, desk.scope, await sessionIdOf(tx, desk.scope, named), outside),
  );
}

/** Sessions of which the database knows nothing any more are found too: a checkpoint outside names them. */
async function all(desk: Desk, outside: CheckpointLine[]): Promise<VerifyReport[]> {
  const ids = await desk.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string }>('select id from session where msp_id = $1 order by number', [
      desk.scope.mspId,
    ]);
    return rows.map((row) => row.id);
  });
  const reports: VerifyReport[] = [];
  // A transaction each: one long one would hold back the clean-up of a busy database.
  for (const id of ids) reports.push(await desk.transaction((tx) => verifySession(tx, desk.scope, id, outside)));
  const own = outside.filter((line) => line.mspId === desk.scope.mspId).flatMap((line) => line.heads);
  const gone = new Set(own.map((head) => head.sessionId).filter((id) => !ids.includes(id)));
  return [...reports, ...[...gone].map(goneReport)];
}

const goneReport = (sessionId: string): VerifyReport => ({
  verdict: 'incomplete',
  faults: [
    { verdict: 'incomplete', what: `Session ${sessionId} is gone, though a checkpoint outside the database has it.` },
  ],
  checked: {
    session: null,
    entries: 0,
    frames: 0,
    outputBytes: 0,
    signatures: 0,
    dispatches: 0,
    order: false,
    passkeys: [],
    checkpoint: null,
  },
});

async function linesOf(env: Env, named: string | undefined): Promise<CheckpointLine[]> {
  const file = named === undefined ? checkpointLog(env.dataDir) : resolve(env.folder, named);
  if (!existsSync(file)) {
    if (named === undefined) return [];
    throw new Problem(`${named} cannot be found. Check the name.`, 4);
  }
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line, i) => {
    try {
      return zCheckpointLine.parse(JSON.parse(line));
    } catch (cause) {
      throw new Problem(
        `Line ${i + 1} of ${file} cannot be read: the file was damaged, or a crash cut it. Compare it with a copy.`,
        4,
        { cause },
      );
    }
  });
}
