import { type ReadingRule, type Rules, exactly, onlyOptions, some } from './rule.ts';

const OPENSSL: Rules = {
  // No engine, provider or configuration of the caller's own: those are code.
  version: exactly(/^-[a-z]$/),
  help: exactly(/^\w+$/),
  list: exactly(/^-(?!provider(-path)?$|propquery$)[a-z0-9-]+$/),
  errstr: exactly(/^\w+$/),
  ciphers: onlyOptions(/^-(v|V|s|tls1_[0-3]|stdname|psk|srp)$/),
  verify: onlyOptions(
    /^-(CAfile|CApath|untrusted|trusted|verbose|show_chain|purpose|crl_check|crl_check_all|CRLfile|partial_chain|verify_hostname|verify_ip|x509_strict|no-CAfile|no-CApath|no_check_time|ignore_critical)$/,
  ),
  x509: onlyOptions(
    /^-(in|inform|noout|text|subject|issuer|dates|startdate|enddate|fingerprint|serial|sha1|sha256|sha512|md5|hash|subject_hash|issuer_hash|purpose|ext|checkend|checkhost|checkip|checkemail|nameopt|certopt|modulus|pubkey|email|ocsp_uri|ocspid|alias|outform)$/,
  ),
  req: onlyOptions(/^-(in|inform|noout|text|subject|verify|modulus|pubkey|nameopt|reqopt)$/),
  crl: onlyOptions(/^-(in|inform|noout|text|issuer|lastupdate|nextupdate|fingerprint|hash|nameopt|CAfile|crlnumber)$/),
  rsa: onlyOptions(/^-(in|inform|noout|text|check|modulus|pubin|pubout|passin)$/),
  ec: onlyOptions(/^-(in|inform|noout|text|check|pubin|pubout|passin|param_out)$/),
  pkey: onlyOptions(/^-(in|inform|noout|text|text_pub|check|pubcheck|pubin|pubout|passin)$/),
  pkcs12: onlyOptions(/^-(in|info|noout|nokeys|nocerts|nodes|noenc|clcerts|cacerts|passin|password|legacy|nomacver)$/),
  pkcs7: onlyOptions(/^-(in|inform|noout|text|print_certs|print)$/),
  pkcs8: onlyOptions(/^-(in|inform|passin|nocrypt)$/),
  dgst: onlyOptions(/^-(sha1|sha224|sha256|sha384|sha512|md5|r|c|hex|verify|signature)$/),
  ...Object.fromEntries(
    ['md5', 'sha1', 'sha256', 'sha512'].map((name) => [name, onlyOptions(/^-(r|c|hex)$/)] as const),
  ),
  base64: onlyOptions(/^-(d|e|A|in)$/),
  rand: onlyOptions(/^-(hex|base64)$/),
  asn1parse: onlyOptions(/^-(in|inform|i|strparse|offset|length|dump)$/),
  ocsp: onlyOptions(
    /^-(issuer|cert|url|text|noverify|resp_text|CAfile|VAfile|header|no_nonce|timeout|serial|verify_other|req_text)$/,
  ),
  s_client: onlyOptions(
    /^-(connect|host|port|servername|showcerts|CAfile|CApath|verify|verify_return_error|verify_hostname|brief|status|starttls|tls1|tls1_1|tls1_2|tls1_3|no_ign_eof|alpn|cipher|ciphersuites|prexit|quiet|msg|state|proxy|name|xmpphost|no_tls1|no_tls1_1|no_tls1_2|no_tls1_3|nocommands|noservername|4|6|reconnect|crlf)$/,
  ),
};
const openssl: ReadingRule = ([sub, ...args]) =>
  Object.hasOwn(OPENSSL, sub ?? '') ? OPENSSL[sub ?? '']!(args) : false;

/** Certificates and keys. */
export const CRYPTO_RULES: Rules = {
  openssl,
  keytool: (args) =>
    /^-(list|printcert|printcrl|printcertreq|showinfo)$/.test(args[0] ?? '') &&
    onlyOptions(/^-(v|rfc|keystore|storepass|storetype|alias|file|sslserver|cacerts|tls|jarfile)$/)(args.slice(1)),
  certtool: some(/^(-i|-k|--(certificate-info|crl-info|key-info|infile(=.*)?|inder)|[\w./][\w./-]*)$/),
  // NSS's tool of that name.
  certutil: (args) => /^-[LKV]$/.test(args[0] ?? '') && onlyOptions(/^-[dnuahLKV]$/)(args),
  pk12util: (args) => args[0] === '-l' && onlyOptions(/^-[lWdK]$/)(args),
  trust: (args) => args[0] === 'list' && onlyOptions(/^--(filter|purpose)=.*$/)(args),
  'ssh-keygen': (args) => {
    if (/^-F$/.test(args[0] ?? '')) return onlyOptions(/^-[Fflv]$/)(args);
    return args.some((arg) => /^-l[fv]*$/.test(arg ?? '')) && onlyOptions(/^-(l|lf|lvf|f|v|E)$/)(args);
  },
  'ssh-add': some(/^-[lL]$/),
  'ssh-keyscan': onlyOptions(/^-(t|p|T|H|4|6)$/),
  gpg: (args) =>
    /^-/.test(args[0] ?? '') &&
    some(
      /^(-[kK]|--(list-keys|list-secret-keys|list-public-keys|fingerprint|list-packets|keyid-format(=\w+)?|with-fingerprint|with-colons|verify)|[^-].*)$/,
    )(args) &&
    args.some((arg) => /^(-[kK]|--(list|fing|verify))/.test(arg ?? '')),
};
