import type { Named } from '../found.ts';
import { isWellKnownAccount, isWellKnownHost } from '../well-known.ts';
import { type Rule, shape } from './shape.ts';

/** A folder may hold single spaces up to the next separator; a file holds some only before its ending. */
const FOLDER = String.raw`[^\\/:*?"<>|\s\ue000]{1,80}(?: [^\\/:*?"<>|\s\ue000]{1,60}){0,6}[\\/]`;
const FILE = String.raw`(?:[^\\/:*?"<>|\s.,;\ue000]{1,80}(?: [^\\/:*?"<>|\s.\ue000]{1,40}){1,3}\.[a-z0-9]{1,5}(?![\w.])|[^\\/:*?"<>|\s\ue000]{1,160})`;
const REST = `(?:${FOLDER}){0,24}(?:${FILE})?`;

const accountIn = (value: string): Named[] => {
  const name = /(?:Users|Documents and Settings|home|export\/home)[\\/]{1,2}([^\\/]+)/i.exec(value)?.[1] ?? '';
  return name === '' || isWellKnownAccount(name) ? [] : [{ kind: 'account', value: name }];
};

const serverIn = (value: string): Named[] => {
  const name = /^[\\/]{2}(?:\?\\UNC\\)?([^\\/]+)/i.exec(value)?.[1] ?? '';
  return name === '' || isWellKnownHost(name) ? [] : [{ kind: 'host', value: name }];
};

export const PATH_RULES: readonly Rule[] = [
  shape('path', {
    pattern: new RegExp(
      String.raw`(?<![\w])(?:[a-z]:|%SystemDrive%)[\\/]{1,2}(?:Users|Documents and Settings)[\\/]{1,2}(?!(?:Public|Default|Default User|All Users|Administrator)(?![\w .-]))${REST}`,
      'gid',
    ),
    also: accountIn,
    keep: (value) => /[\\/]$/.test(value) && /^.{2}[\\/]{1,2}[^\\/]+[\\/]{1,2}$/.test(value),
  }),
  shape('path', {
    pattern: new RegExp(
      String.raw`(?<![\w\\:])\\\\(?:\?\\UNC\\)?(?![.?]\\|localhost\\|127\.)[\w.-]{1,80}(?:\\${REST})?`,
      'gid',
    ),
    also: serverIn,
    keep: (value) => isWellKnownHost(value.slice(2)),
  }),
  shape('path', {
    pattern:
      /(?<![\w./-])\/(?:export\/)?(?:home|Users)\/(?!(?:linuxbrew|Shared)\/)[^\s/:"'<>|,;)\]\ue000]{1,64}(?:\/[^\s:"'<>|,;)\]\ue000]{0,512})?/dg,
    also: accountIn,
    keep: (value) => /^\/(home|Users)\/$/.test(value),
  }),
];
