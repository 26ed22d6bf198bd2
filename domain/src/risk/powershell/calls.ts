import type { SyntaxNode } from '../syntax.ts';
import { type OwnCollections, isCollectionLiteral, sole } from './collections.ts';

/** Methods of strings, dates and lists, under whose names no common object of Windows changes anything. In small letters. */
const INSTANCE = new Set(
  `tostring trim trimstart trimend split tolower toupper tolowerinvariant toupperinvariant startswith endswith substring contains indexof
  lastindexof equals compareto gettype gethashcode padleft padright adddays addhours addminutes addmonths addyears addseconds
  addmilliseconds addticks subtract tolocaltime touniversaltime tofiletime toshortdatestring tolongdatestring toshorttimestring
  tolongtimestring isinrole toarray tochararray containskey getenumerator getvaluenames getsubkeynames getowner getaddressbytes
  getipproperties getipv4properties getphysicaladdress getbytes getstring toxml findone findall converttodatetime createupdatesearcher search
  queryhistory gettotalhistorycount getactivetcpconnections getactivetcplisteners getactiveudplisteners`.split(/\s+/),
);

/** Static methods that compute or look, by their type in small letters and without `System.`. */
const STATIC: Readonly<Record<string, RegExp>> = {
  math: /^\w+$/,
  convert: /^\w+$/,
  bitconverter: /^\w+$/,
  int: /^(try)?parse$/,
  int32: /^(try)?parse$/,
  int64: /^(try)?parse$/,
  long: /^(try)?parse$/,
  double: /^(try)?parse$/,
  decimal: /^(try)?parse$/,
  bool: /^(try)?parse$/,
  version: /^(try)?parse$/,
  ipaddress: /^(try)?parse$/,
  'net.ipaddress': /^(try)?parse$/,
  guid: /^(newguid|(try)?parse)$/,
  char: /^(is\w+|toupper|tolower)$/,
  datetime: /^((try)?parse(exact)?|from\w+|daysinmonth|isleapyear|compare|specifykind)$/,
  datetimeoffset: /^((try)?parse(exact)?|from\w+)$/,
  timespan: /^((try)?parse(exact)?|from\w+)$/,
  timezoneinfo: /^(find\w+|get\w+|convert\w+)$/,
  string: /^(join|isnullor\w+|format|concat|compare|equals)$/,
  regex: /^(match|matches|replace|split|escape|unescape|ismatch)$/,
  environment: /^(getenvironmentvariables?|getfolderpath|getlogicaldrives|expandenvironmentvariables)$/,
  // Not GetTempFileName, which makes one.
  'io.path':
    /^(combine|join|getfilename|getfilenamewithoutextension|getextension|getdirectoryname|getfullpath|getpathroot|ispathrooted|gettemppath|changeextension)$/,
  'io.file':
    /^(exists|readalltext|readalllines|readallbytes|readlines|getattributes|getlastwritetime|getcreationtime)$/,
  'io.directory': /^(exists|getfiles|getdirectories|getfilesystementries|enumerate\w+|getlastwritetime)$/,
  'io.driveinfo': /^getdrives$/,
  'net.dns': /^(gethost\w+|resolve)$/,
  'net.networkinformation.networkinterface': /^(getallnetworkinterfaces|getisnetworkavailable)$/,
  'net.networkinformation.ipglobalproperties': /^getipglobalproperties$/,
  'directoryservices.activedirectory.domain': /^get(current|computer)domain$/,
  'directoryservices.activedirectory.forest': /^getcurrentforest$/,
  'diagnostics.fileversioninfo': /^getversioninfo$/,
  'security.principal.windowsidentity': /^getcurrent$/,
  'diagnostics.process': /^(getprocesses|getprocessesbyname|getprocessbyid|getcurrentprocess)$/,
  'diagnostics.eventlog': /^(exists|geteventlogs)$/,
  'text.encoding': /^getencoding$/,
  'management.managementdatetimeconverter': /^to\w+$/,
  'globalization.cultureinfo': /^getculture\w*$/,
};

/** Types that stand in front of a value to turn it into another form. */
const CASTS = new Set(
  `byte sbyte uint16 uint32 uint64 uint single float object array hashtable ordered pscustomobject psobject switch xml uri
  securestring mailaddress net.mail.mailaddress console void cultureinfo net.servicepointmanager
  runtime.interopservices.runtimeinformation
  security.principal.windowsprincipal security.principal.windowsbuiltinrole enum adsisearcher adsi`.split(/\s+/),
);

const nameOf = (literal: string): string =>
  literal
    .toLowerCase()
    .replace(/^\[\s*|\s*\]$/g, '')
    .replace(/^system\./, '')
    .replace(/\[\]$/, '');

/** Whether naming this type (`[math]`, `[xml]`, `[string[]]`) by itself does nothing. */
export function safeType(literal: string): boolean {
  const name = nameOf(literal);
  return Object.hasOwn(STATIC, name) || CASTS.has(name);
}

export const safeMethod = (name: string): boolean => INSTANCE.has(name.toLowerCase());

/** Whether a method call only computes or looks. Its arguments, and what stands in front, are judged on their own. */
export function callReads(call: SyntaxNode, own: () => OwnCollections): boolean {
  const [owner, dots, member] = call.children;
  if (owner === undefined || member?.type !== 'member_name' || !/^\w+$/.test(member.text)) return false;
  const method = member.text.toLowerCase();
  if (dots?.type === '::') {
    if (owner.type !== 'type_literal') return false;
    if (method === 'new' && isCollectionLiteral(owner.text)) return true;
    const type = nameOf(owner.text);
    return Object.hasOwn(STATIC, type) && STATIC[type]!.test(method);
  }
  // A file has a method of that name too, which overwrites another: only what is text for certain.
  if (method === 'replace') return TEXT.test(owner.text);
  // `.ForEach('Delete')` would call the method of that name; a block is judged by itself.
  if (/^(foreach|where)$/.test(method)) return takesBlock(call.children.at(-1));
  return safeMethod(method) || own().takesCall(owner, method);
}

function takesBlock(list: SyntaxNode | undefined): boolean {
  const args = list?.type === 'argument_list' ? list.children.filter(({ type }) => !/^[(),]$/.test(type)) : [];
  return args.length === 1 && sole(args[0]!).type === 'script_block_expression';
}

const TEXT =
  /(^["'][^]*["']|\.(Name|FullName|BaseName|DisplayName|ProcessName|UserName|Message|Caption|Line)|\.(ToString|Trim|ToLower|ToUpper)\(\))$/i;
