import { names } from '../naming.ts';
import { noun } from './nouns.ts';
import type { PsArgs } from './rule.ts';

/** Whether a command can destroy data, in words. */
export function psDestroys(name: string, args: PsArgs, written = name, words: readonly string[] = []): string | null {
  const operands = args.filter((arg) => arg !== null && !arg.startsWith('-'));
  if (name === 'remove-item') {
    const recurse = args.some((arg) => /^-(r|re|rec|recu|recur|recurs|recurse|rf|fr)(:.*)?$/i.test(arg ?? ''));
    if (recurse)
      return `deletes files under ${names(
        args.filter((arg) => arg === null || !/^[-/]/.test(arg)),
        'what is piped into it',
      )}`;
    // `$_.FullName` as well: each of what comes.
    if (args.length === operands.length && operands.length === 0) return 'deletes whatever is piped into it';
    if (words.some((word) => /^["(]?\$(_|PSItem)\b/i.test(word))) return 'deletes whatever is piped into it';
    if (operands.some((arg) => /[*?]/.test(arg ?? '')))
      return `deletes every file that matches ${names(operands.filter((arg) => !/^\//.test(arg ?? '')))}`;
  }
  if (DESTROYERS.test(name)) return destroyerWords(name, written, operands);
  const sub = (args[0] ?? '').toLowerCase();
  if (/^(reg delete|vssadmin delete|wbadmin delete|bcdedit \/delete(value)?|schtasks \/delete)$/.test(`${name} ${sub}`))
    return `\`${name} ${sub}\` deletes for good.`;
  if (
    name === 'net' &&
    /^(user|group|localgroup)$/.test(sub) &&
    args.length >= 3 &&
    args.some((arg) => /^\/del(ete)?$/i.test(arg ?? ''))
  )
    return '`net … /delete` deletes an account, a group or a member.';
  if (name === 'wevtutil' && /^(cl|clear-log)$/.test(sub)) return '`wevtutil cl` empties a log.';
  if (/^(rd|rmdir|del|erase|remove-item)$/.test(name) && args.some((arg) => /^\/s$/i.test(arg ?? '')))
    return '`/s` deletes whole folders.';
  if (name === 'wmic' && args.some((arg) => /^delete$/i.test(arg ?? ''))) return '`wmic … delete` deletes for good.';
  if (name === 'wsl' && args.some((arg) => /^--unregister$/i.test(arg ?? '')))
    return '`wsl --unregister` deletes a whole system.';
  if (
    name === 'robocopy' &&
    !args.some((arg) => /^\/l$/i.test(arg ?? '')) &&
    args.some((arg) => /^\/(mir|purge|mov|move)$/i.test(arg ?? ''))
  )
    return '`robocopy` deletes files that are not at the source, or deletes the source.';
  if (name === 'cipher' && args.some((arg) => /^\/w/i.test(arg ?? ''))) return '`cipher /w` overwrites free space.';
  const all = [name, ...args.map((arg) => arg ?? '')].join(' ').toLowerCase();
  const program = DELETERS.find((each) => each.test(all));
  if (program !== undefined) return `\`${program.exec(all)![1]!}\` deletes for good.`;
  return null;
}

/** Their names, and with what they destroy, in the first group. */
const DELETERS: readonly RegExp[] = [
  /^(dsrm|systemreset|diskshadow)( |$)/,
  /^(fsutil usn deletejournal|fsutil file setzerodata)( |$)/,
  /^(auditpol \/(?:clear|remove))( |$)/,
  /^(esentutl \/p|eseutil \/p)( |$)/,
  /^(certutil)(?= ).* [-/]delkey( |$)/,
  /^(manage-bde) (?:-protectors -delete|-w|-wipefreespace)( |$)/,
  /^(invoke-cimmethod) .*dowipe/,
  /^(new-compliancesearchaction) .*-pu[a-z]*/,
  /^(search-mailbox) .*-del[a-z]*/,
  /^(foreach-object) (?:-mem[a-z]* )?delete$/,
  /^(remove-item) .*-de(?!b)[a-z]*/,
  /^(uninstall-addsdomaincontroller|restore-vm(?:snapshot|checkpoint))( |$)/,
  // A device is wiped from afar.
  /^(clear-mobiledevice|clear-mg[a-z]+|invoke-mg(?:wipe|clean)[a-z]+)( |$)/,
];
const DESTROYERS =
  /^(format-volume|clear-disk|initialize-disk|remove-partition|remove-virtualdisk|remove-storagepool|reset-physicaldisk|clear-recyclebin|remove-vm[a-z]*|remove-ad(?!groupmember|principalgroupmembership|computerserviceaccount)[a-z]+|remove-mailbox[a-z]*|remove-local(user|group)|remove-(mg|az|azuread|entra|msol|spo|pnp|wb|vbr|s3)[a-z]+|remove-(unifiedgroup|team|distributiongroup|cluster[a-z]*|vhd|ciminstance|wmiobject|computer)|remove-dhcpserver[a-z0-9]+|remove-dnsserver[a-z0-9]+|remove-dfs[a-z]+|remove-gpo|remove-(eventlog|bitlockerkeyprotector|publicfolder|teamchannel|dbadatabase|sqldatabase|mailuser|mailcontact|physicaldisk|ec2instance)|unregister-scheduledtask|clear-tpm|clear-eventlog|clear-content|clear-item|format|format\.com|diskpart|sdelete|sdelete64)$/;

function destroyerWords(name: string, written: string, operands: PsArgs): string {
  const thing = noun(written.includes('-') ? written.slice(written.indexOf('-') + 1) : name);
  const what = `${thing === name ? '' : `the ${thing} `}${names(operands.slice(0, 1), '')}`.trim();
  if (/^(clear|initialize|format|reset)/.test(name)) return `erases ${what || 'a drive'} (\`${name}\`)`;
  return /^(diskpart|sdelete)/.test(name)
    ? `\`${name}\` erases drives or files`
    : `deletes ${what} for good (\`${name}\`)`;
}
