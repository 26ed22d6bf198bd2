import type { ParsedScript } from '../syntax.ts';

/**
 * The grammar refuses `exec 3<>/dev/tcp/host/80`, which looks whether somebody listens there. It is read as `exec 3< /dev/tcp/…`, of the same
 * length, so that every place stays where it is; what is later sent into it is judged where it is written (`>&3`).
 */
export const parseBash = (script: string, parse: (script: string) => ParsedScript): ParsedScript =>
  parse(script.replace(/(?<![<>])<>(?=[ \t]*\/dev\/(tcp|udp)\/)/g, '< '));
