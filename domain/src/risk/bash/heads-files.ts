import { awkReads, findReads, sedReads } from './programs.ts';
import {
  ANYTHING,
  type ReadingRule,
  type Rules,
  exactly,
  getopt,
  has,
  onlyOptions,
  operands,
  some,
  without,
} from './rule.ts';

const WORD = /^/;
const toStdout = getopt({ flags: 'dcfkqvt', long: /^--(decompress|uncompress|stdout|to-stdout|keep|test)$/ });
/** Of `-t` and `-d` the last counts, and `-d` puts the unpacked file in the place of the packed one. */
const unpacker: ReadingRule = (args) =>
  toStdout(args.map((arg) => (arg === '-l' || arg === '--list' ? '-t' : arg))) &&
  (has(args, /^-[a-z]*c|^--(stdout|to-stdout)$/) ||
    (has(args, /^-[a-z]*[lt]|^--(list|test)$/) && !has(args, /^-[a-z]*d|^--(decompress|uncompress)$/)));

const sqlite = (args: readonly (string | null)[]): boolean =>
  args.length === 3 && /^--?readonly$/.test(args[0] ?? '') && /^\s*(\.tables|\.schema)\s*$/.test(args[2] ?? '');

/** Files and text. */
export const FILE_RULES: Rules = {
  sed: sedReads,
  awk: awkReads,
  gawk: awkReads,
  mawk: awkReads,
  nawk: awkReads,
  find: findReads,
  sort: without(/^-[^-]*[oTS]|^--(o|co|t|files0)/),
  uniq: operands(1, /^--o/, /^-[fsw]$/),
  xxd: operands(1, /^-[a-z]*r/, /^-[lscg]$/),
  file: without(/^-[A-Za-z]*C|^--c/),
  base64: without(/^-[a-z]*o|^--o/),
  shuf: without(/^-[a-z]*o|^--o/),
  iconv: without(/^-[a-z]*o|^--o/),
  tree: without(/^-[^-]*[oR]|^--o/),
  yq: without(/^-[^-]*[is]|^--(in|spl)/),
  rg: without(/^--(pre|hostname-bin)/),
  ag: without(/^--pa/),
  fd: without(/^-[^-]*[xX]|^--exec/),
  fdfind: without(/^-[^-]*[xX]|^--exec/),
  bat: without(/^--(pager|ca|con|map|dia|gen)|^cache$/),
  batcat: without(/^--(pager|ca|con|map|dia|gen)|^cache$/),
  xmllint: onlyOptions(/^--(noout|format|xpath|valid|nonet|html|recover|schema|huge|pretty)$/),
  less: (args) => exactly(/^(-[NSRFXinEsM]+|[^+-].*)$/)(args),
  more: exactly(/^[^+-]/),
  man: exactly(/^(-[kfw]|[\w.][\w.:+-]*)$/),
  tee: exactly(/^(-a|\/dev\/(null|stderr|stdout))$/),
  tar: (args) => {
    const [mode, ...rest] = args;
    return (
      (/^-?[zjJavf]*t[zjJavf]*$/.test(mode ?? '') || mode === '--list') &&
      exactly(/^(-[zjJavf]+|--(list|verbose|gzip|bzip2|xz|zstd|full-time|file=[^:]+)|-|[^-:][^:]*)$/)(rest)
    );
  },
  cpio: some(/^-(t|it|tv|itv|ivt)$/),
  ar: (args) => /^-?tv?$/.test(args[0] ?? '') && exactly(/^[^-]|^-tv?$/)(args),
  gzip: unpacker,
  gunzip: unpacker,
  bzip2: unpacker,
  bunzip2: unpacker,
  xz: unpacker,
  unxz: unpacker,
  zstd: unpacker,
  unzip: (args) =>
    getopt({ flags: 'lvtZqp1c', operand: WORD })(args) && args.some((arg) => /^-[a-z]*[lvtZpc]/.test(arg ?? '')),
  '7z': (args) => /^[lt]$/.test(args[0] ?? '') && without(/^-[^psr]/)(args.slice(1)),
  unrar: (args) => /^(l|lb|lt|v|vb|vt|t)$/.test(args[0] ?? '') && without(/^-/)(args.slice(1)),
  zstdcat: without(/^-[^-]*[ob]|^--(o|rm|tr)/),
  printf: (args) => args[0] != null && !/^-v/.test(args[0]) && !args.some((arg) => /\$\(|`/.test(arg ?? '')),
  bc: exactly(/^(-[lqs]+|[^-].*)$/),
  mktemp: some(/^(-u|--dry-run)$/),
  sqlite3: sqlite,
  md5: ANYTHING,
  rsync: (args) =>
    getopt({
      flags: 'avnrzhtlopgDcuiP',
      long: /^--(dry-run|delete|stats|itemize-changes|checksum|archive|exclude=.*)$/,
      operand: /^[^:]+$/,
    })(args) && args.some((arg) => /^-[a-zA-Z]*n|^--dry-run$/.test(arg ?? '')),
};

/** Whatever their arguments, these read and print. */
export const FILE_READERS = `ls dir vdir cat head tail grep egrep fgrep zgrep zegrep zfgrep zcat bzcat bzgrep xzcat xzgrep lzcat zdiff zcmp wc cut tr nl rev tac paste join
  comm fold fmt pr expand unexpand column realpath readlink basename dirname stat du df md5sum sha1sum sha224sum sha256sum sha384sum sha512sum
  b2sum cksum sum crc32 hexdump hd od strings base32 cmp diff jq namei getfacl lsattr getcap locate plocate mlocate zipinfo look tsort
  colordiff exa eza rpm2cpio size readelf seq factor numfmt expr cal ncal uuidgen`;
