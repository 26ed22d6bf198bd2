/**
 * The proxy that the usual variables name for an address, null for the direct way: HTTPS_PROXY for https and wss, HTTP_PROXY for http and
 * ws, ALL_PROXY for both; lower case counts as well and first. NO_PROXY lists hosts and domains (with or without a leading dot), with a
 * port where only that port is meant; `*` means all.
 */
export function proxyFor(address: string, env: Readonly<NodeJS.ProcessEnv>): string | null {
  const url = new URL(address);
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const named = (name: string) => (env[name.toLowerCase()] || env[name.toUpperCase()] || '').trim();
  const proxy = named(secure ? 'HTTPS_PROXY' : 'HTTP_PROXY') || named('ALL_PROXY');
  if (proxy === '' || isExempt(url, secure, named('NO_PROXY'))) return null;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function isExempt(url: URL, secure: boolean, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (secure ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true;
      // A bare IPv6 address has colons of its own, and no port.
      const bare = !entry.startsWith('[') && entry.split(':').length > 2;
      const [, name = '', onlyPort] = bare ? ['', entry] : (/^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? []);
      if (onlyPort !== undefined && onlyPort !== port) return false;
      const domain = name.replace(/^\*?\./, '');
      return host === domain || host.endsWith(`.${domain}`);
    });
}
