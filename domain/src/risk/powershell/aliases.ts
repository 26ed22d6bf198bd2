const ALIASES: Readonly<Record<string, string>> = {
  ls: 'get-childitem',
  dir: 'get-childitem',
  gci: 'get-childitem',
  cat: 'get-content',
  type: 'get-content',
  gc: 'get-content',
  ps: 'get-process',
  gps: 'get-process',
  gsv: 'get-service',
  gi: 'get-item',
  gp: 'get-itemproperty',
  gm: 'get-member',
  gcm: 'get-command',
  gwmi: 'get-wmiobject',
  gcim: 'get-ciminstance',
  gl: 'get-location',
  pwd: 'get-location',
  cd: 'set-location',
  sl: 'set-location',
  where: 'where-object',
  '?': 'where-object',
  '%': 'foreach-object',
  foreach: 'foreach-object',
  select: 'select-object',
  sls: 'select-string',
  measure: 'measure-object',
  group: 'group-object',
  ft: 'format-table',
  fl: 'format-list',
  fw: 'format-wide',
  cls: 'clear-host',
  clear: 'clear-host',
  sort: 'sort-object',
  compare: 'compare-object',
  ipcsv: 'import-csv',
  h: 'get-history',
  tnc: 'test-netconnection',
  man: 'get-help',
  help: 'get-help',
  echo: 'write-output',
  write: 'write-output',
  iex: 'invoke-expression',
  ri: 'remove-item',
  rm: 'remove-item',
  del: 'remove-item',
  erase: 'remove-item',
  rd: 'remove-item',
  rmdir: 'remove-item',
};

const CMDLET_PROGRAM = /^(?!(manage-bde|nvidia-smi|redis-cli)\.exe$)[a-z]+-.*\.exe$/i;

/** A command's full name in small letters, without `.exe`. */
export function fullName(written: string): string {
  // A program of a cmdlet's name is not that cmdlet.
  const name = CMDLET_PROGRAM.test(written) ? written.toLowerCase() : written.toLowerCase().replace(/\.exe$/, '');
  // Without its ending, Windows PowerShell takes it for Invoke-WebRequest.
  if (/^curl\.exe$/i.test(written)) return 'curl.exe';
  // With its ending it is the program of that name: `sort.exe /o` writes where `sort` only sorts.
  return !/\.exe$/i.test(written) && Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
}
