import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunOrder } from '../run-order.ts';
import { scriptFileText } from '../shells.ts';

/** What PowerShell said of the script's last statement (`$?`) and of the last native program in it (`$LASTEXITCODE`). */
export interface PowershellResult {
  ok: boolean;
  lastExitCode: number | null;
}

/** The file a shell reads its script from, where it does not take it as an argument. */
export interface ScriptFile {
  path: string;
  /** Null when the script ended before it could say, for instance by `exit`. */
  result: () => PowershellResult | null;
  remove: () => void;
}

/** The command's own folder is closed to other accounts, so theirs lies in a folder of their own for as long as the command runs. */
export function writeScriptFile(order: RunOrder, folder: string): ScriptFile | null {
  const file = scriptFileText(order.shell, order.script);
  if (!file) return null;
  const { account } = order;
  const place = account ? mkdtempSync(join(tmpdir(), 'throughline-script-')) : folder;
  if (!account) mkdirSync(place, { recursive: true });
  const path = join(place, `script${file.extension}`);
  writeFileSync(path, file.text, { mode: 0o600 });
  if (account) for (const owned of [path, place]) chownSync(owned, account.uid, account.gid);
  const result = join(place, 'script.result');
  return {
    path,
    result: () => (existsSync(result) ? parsePowershellResult(readFileSync(result, 'utf8')) : null),
    remove: () => rmSync(account ? place : path, { recursive: true, force: true }),
  };
}

export function parsePowershellResult(text: string): PowershellResult | null {
  const [, ok, code] = /^(True|False) (-?\d{1,10})?\s*$/.exec(text) ?? [];
  return ok === undefined ? null : { ok: ok === 'True', lastExitCode: code === undefined ? null : Number(code) };
}
