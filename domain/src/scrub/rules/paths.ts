import type { Named } from '../found.ts';
import { isWellKnownAccount, isWellKnownHost } from '../well-known.ts';
import { type Rule, shape } from './shape.ts';

/** A folder may hold single spaces up to the next separator; a file holds some only before its ending. */
const FOLDER = String.raw`[^\\/:*?"<>|\s\ue000]{1,80}(?: [^\\/:*?"<>|\s\ue000]{1,60}){0,6}[\\/]{1,2}`;
const FILE = String.raw`(?:[^\\/:*?"<>|\s.,;\ue000]{1,80}(?: [^\\/:*?"<>|\s.\ue000]{1,40}){1,3}\.[a-z0-9]{1,5}(?![\w.])|[^\\/:*?"<>|\s\ue000]{1,160})`;
const REST = `(?:${FOLDER}){0,24}(?:${FILE})?`;
/** Folders of a drive that Windows and its programs bring along. */
const OWN = String.raw`(?:Windows|WINNT|Program Files|Program Files \(x86\)|Progra~\d|ProgramData|Users|Documents and Settings|Temp|tmp|PerfLogs|\$[\w.~]+|Recovery|Boot|EFI|Drivers?|Intel|AMD|NVIDIA|Dell|HP|SWSetup|System Volume Information|System32|inetpub|MSOCache|Config\.Msi|Python\d*|Perl\d*|msys64|cygwin64?|tools)(?![\w.-])`;
/** Profiles that every computer has. */
const EVERYBODY = String.raw`(?!(?:Public|Default|Default User|All Users|Administrator|Administrators|[^\\/:]{1,40}\.NET)(?![\w .-])|%|\$|<)`;

const accountIn = (value: string): Named[] => {
  const name =
    /(?:Users|Documents and Settings|home)[\\/]{1,2}([^\\/]+)/i.exec(value)?.[1]?.replace(/["'.,;)]+$/, '') ?? '';
  return name.length < 2 || isWellKnownAccount(name) ? [] : [{ kind: 'account', value: name }];
};

const serverIn = (value: string): Named[] => {
  const name = /^[\\/]{2}(?:\?\\UNC\\)?([^\\/@]+)/i.exec(value)?.[1] ?? '';
  return name.length < 2 || isWellKnownHost(name) ? [] : [{ kind: 'host', value: name }];
};

export const PATH_RULES: readonly Rule[] = [
  shape('path', {
    pattern: new RegExp(
      String.raw`(?<!\w)(?:[a-z]:|%SystemDrive%)[\\/]{1,2}(?:Users|Documents and Settings)[\\/]{1,2}${EVERYBODY}(?=[^\s\\/])${REST}`,
      'gid',
    ),
    also: accountIn,
  }),
  // WSL, Git Bash, Cygwin
  shape('path', {
    pattern: new RegExp(String.raw`(?<![\w./-])(?:/mnt|/cygdrive)?/[a-z]/Users/${EVERYBODY}(?=[^\s/])${REST}`, 'gid'),
    also: accountIn,
  }),
  shape('path', {
    pattern: new RegExp(
      String.raw`(?<![\w\\:])\\\\(?:\?\\UNC\\)?(?![.?]\\|localhost(?!\w)|127\.)[\w.-]{1,80}(?:@\w{1,10})?\\{1,2}(?=[^\s\\])${REST}`,
      'gid',
    ),
    also: serverIn,
  }),
  shape('host', {
    pattern: /(?<![\w\\:])\\\\(?<v>[\w-][\w.-]{1,80})(?=\\?(?![\w\\$.-]))/dg,
    stays: (value) => isWellKnownHost(value) || /^127\./.test(value),
  }),
  // Folders of a drive that Windows and programs do not bring along.
  shape('path', {
    pattern: new RegExp(String.raw`(?<!\w)[a-z]:\\{1,2}(?!${OWN})(?=[^\s\\])${FOLDER}${REST}`, 'gid'),
  }),
  shape('path', { pattern: new RegExp(String.raw`(?<!\w)[d-z]:\\(?!${OWN})[\w-]{3,60}\$?(?![\w\\.-])`, 'gid') }),
  shape('path', {
    pattern:
      /(?<![\w./:-])\/(?:srv|mnt|media|data|shares?|volumes?\d?|nas|backups?)\/[^\s/:"'<>|,;)\]$*\ue000]{2,64}(?:\/[^\s:"'<>|,;)\]\ue000]{0,512})?/dgi,
    stays: (value) =>
      /^\/mnt\/[a-z](?:\/(?:windows|program)|$)/i.test(value) || /^\/media\/(?:cdrom|floppy|usb)\d?$/.test(value),
  }),
  shape('path', {
    pattern:
      /(?<![\w./:-])(?:smb|cifs|afp|nfs|file):\/\/(?!\/?(?:localhost|127\.|\/(?:usr|etc|var|opt|tmp)\/))[^\s"'<>|\ue000]{2,300}/dgi,
  }),
  shape('path', { pattern: /^\/\/[\w.@-]{2,80}\/[^\s"'<>|\ue000]{1,200}/dgm }),
  shape('path', {
    pattern:
      /(?<![\w./-])\/(?:export\/)?(?:home|Users)\/(?!(?:linuxbrew|Shared|lost\+found)(?![\w.-]))[^\s/:"'<>|,;)\]$*\ue000]{1,64}(?:\/(?:[^\s/:"'<>|,;)\]\ue000]{1,120}(?: [\w.()-]{1,60}){1,3}(?=\/)|[^\s/:"'<>|,;)\]\ue000]{0,160})){0,24}/dg,
    also: accountIn,
  }),
];
