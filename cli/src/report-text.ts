import type { Verdict, VerifyReport } from '@throughline/domain/verify-report';

const HEADLINES: Record<Verdict, string> = {
  valid: 'VALID       Everything that was checked fits.',
  altered: 'ALTERED     This is not what was recorded, or a rule was broken.',
  incomplete: 'INCOMPLETE  Something that was recorded is missing.',
  unknown_key: 'UNKNOWN KEY A signature’s key is not known or not trusted.',
  malformed: 'MALFORMED   This is not a record that this version can read.',
};
const SHOWN = 40;

/** Exit codes of `verify`, the same as the Python verifier's. */
export const EXIT_CODES: Record<Verdict, number> = {
  valid: 0,
  altered: 1,
  incomplete: 2,
  unknown_key: 3,
  malformed: 4,
};

/** The report for a terminal. `pinned`: whether keys were given from outside. */
export function reportText(report: VerifyReport, options: { pinned: boolean }): string {
  const { session, ...checked } = report.checked;
  const line = (name: string, value: string) => `  ${name.padEnd(12)}${value}`;
  const lines = ['', HEADLINES[report.verdict], ''];
  if (session !== null) {
    lines.push(line('Session', `${session.number}  ${printable(session.title)}`), line('', session.id));
    lines.push(line('Entries', `${checked.entries} in order`));
    lines.push(line('Output', `${checked.outputBytes} bytes in ${checked.frames} pieces`));
    lines.push(line('Signatures', `${checked.signatures} good`));
    lines.push(line('Order', orderText(report)));
    for (const { name, fingerprint, answers } of checked.passkeys)
      lines.push(line('Passkey', `${fingerprint}  ${answers} good, of ${printable(name)}`));
    lines.push(line('Checkpoint', checkpointText(report)));
    lines.push(
      line(
        'Keys',
        options.pinned ? 'held against the ones you named' : 'as in the file; name yours with --trust to be sure',
      ),
    );
  }
  if (report.faults.length > 0)
    lines.push('', `  ${report.faults.length === 1 ? 'One fault' : `${report.faults.length} faults`}:`);
  for (const fault of report.faults.slice(0, SHOWN)) {
    const where = fault.entry === undefined ? '' : `Entry ${fault.entry} `;
    lines.push(`    ${where}${fault.what}${fault.commandId === undefined ? '' : `  (command ${fault.commandId})`}`);
  }
  if (report.faults.length > SHOWN) lines.push(`    … and ${report.faults.length - SHOWN} more`);
  return `${lines.join('\n')}\n`;
}

function orderText({ checked }: VerifyReport): string {
  if (!checked.order) return 'not judged, because entries are missing or altered';
  if (checked.dispatches === 0) return 'no command was sent to the endpoint';
  return `${checked.dispatches} ${checked.dispatches === 1 ? 'command' : 'commands'} held against consent and approvals`;
}

function checkpointText({ checked }: VerifyReport): string {
  if (checked.checkpoint === null) return 'none that counts: a cut-off end would not show';
  return `signed ${checked.checkpoint.at}, covers entries 1 to ${checked.checkpoint.entries}`;
}

/** Text of a record is hostile: control characters could repaint the terminal. */
const printable = (text: string) => text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '�').slice(0, 120);
