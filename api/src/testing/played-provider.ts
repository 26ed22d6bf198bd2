import { type KeyObject, generateKeyPair, sign } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { Provider } from 'oidc-provider';

/** Not in one go: a server that is held up for seconds loses its idle connections. */
export const newSigningKey = async (): Promise<KeyObject> =>
  (await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })).privateKey;

/** Somebody with an account at the provider. */
export interface Account {
  email?: string;
  email_verified?: boolean;
  name?: string;
}

/** A real identity provider (oidc-provider) over HTTP; its ID tokens can be forged with its own key, as a broken or hostile one would. */
export class PlayedProvider {
  readonly accounts: Record<string, Account> = {};
  /** Changes the claims of the next ID tokens, which are then signed anew. */
  forge: ((claims: Record<string, unknown>) => Record<string, unknown>) | null = null;
  /** Signs with this key instead of the provider's. */
  wrongKey: KeyObject | null = null;
  issuer = '';
  private server: Server | null = null;
  private key: KeyObject | null = null;

  /** What an admin enters to have people sign in here: the provider's address, and the client that it knows. */
  get settings(): Record<'issuer' | 'clientId' | 'clientSecret' | 'label', string> {
    return {
      issuer: this.issuer,
      clientId: 'throughline',
      clientSecret: 'a secret of the provider',
      label: 'Sign in with Northgate ID',
    };
  }

  /** `redirectUri`: where it may send people back to. `inIdToken`: whether the address is in the ID token, or in the userinfo answer only. */
  async start(redirectUri: string, { inIdToken = false } = {}): Promise<void> {
    const key = await newSigningKey();
    this.key = key;
    this.server = createServer();
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    this.issuer = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    const provider = new Provider(this.issuer, {
      clients: [
        {
          client_id: 'throughline',
          client_secret: 'a secret of the provider',
          redirect_uris: [redirectUri],
          token_endpoint_auth_method: 'client_secret_basic',
        },
      ],
      jwks: { keys: [{ ...key.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'one' }] as never },
      cookies: { keys: ['not a secret, a test'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      conformIdTokenClaims: !inIdToken,
      pkce: { required: () => true },
      findAccount: (_context, sub) => ({
        accountId: sub,
        claims: () => ({ sub, ...this.accounts[sub] }),
      }),
    });
    provider.use(async (context, next) => {
      await next();
      const body = context.body as { id_token?: string } | undefined;
      if (context.path === '/token' && body?.id_token !== undefined && (this.forge !== null || this.wrongKey !== null))
        context.body = { ...body, id_token: this.resigned(body.id_token) };
    });
    this.server.on('request', provider.callback());
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private resigned(token: string): string {
    const [, payload = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'RS256', typ: 'JWT', kid: 'one' })}.${part(this.forge?.(claims) ?? claims)}`;
    const key = this.wrongKey ?? this.key;
    if (key === null) throw new Error('The provider was not started');
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`;
  }
}

/** A browser that follows redirects itself, keeps cookies by path, and fills the provider's sign-in and consent forms in. */
export class SsoBrowser {
  /** By site and name. */
  private readonly jar = new Map<string, { path: string; value: string }>();

  async go(
    url: string,
    form?: Record<string, string>,
  ): Promise<{ status: number; location: string | null; body: string }> {
    const { origin, pathname } = new URL(url);
    const cookie = [...this.jar]
      .filter(([key, { path }]) => key.startsWith(`${origin} `) && pathname.startsWith(path))
      .map(([key, { value }]) => `${key.slice(origin.length + 1).split(' ')[0]}=${value}`)
      .join('; ');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) },
      ...(form && { method: 'POST', body: new URLSearchParams(form).toString() }),
    });
    for (const line of answer.headers.getSetCookie()) this.keep(origin, line);
    const location = answer.headers.get('location');
    return {
      status: answer.status,
      location: location === null ? null : new URL(location, url).href,
      body: await answer.text(),
    };
  }

  /** The value of a cookie of a site, if there is one. */
  cookie(origin: string, name: string): string | null {
    return [...this.jar].find(([key]) => key.startsWith(`${origin} ${name} `))?.[1].value ?? null;
  }
  setCookie(origin: string, name: string, path: string, value: string): void {
    this.jar.set(`${origin} ${name} ${path}`, { path, value });
  }

  /** From the button to the address where the provider sends the browser back to; that one is not asked yet. */
  async toCallback(start: string, account: string): Promise<string> {
    let at = start;
    for (let steps = 0; steps < 15; steps++) {
      if (new URL(at).pathname === '/auth/sso/callback') return at;
      const { location, body, status } = await this.go(at);
      if (location !== null) {
        at = location;
        continue;
      }
      const prompt = /name="prompt" value="(\w+)"/.exec(body)?.[1];
      if (prompt === undefined) throw new Error(`The provider shows ${status} ${body.slice(0, 500)}`);
      const sent = await this.go(at, prompt === 'login' ? { prompt, login: account, password: 'any' } : { prompt });
      if (sent.location === null) throw new Error(`The provider did not take the form: ${sent.body.slice(0, 500)}`);
      at = sent.location;
    }
    throw new Error('The provider sends the browser in circles');
  }

  private keep(origin: string, line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/);
    const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const path = attributes.find((each) => /^path=/i.test(each))?.slice(5) ?? '/';
    const expires = attributes.find((each) => /^expires=/i.test(each))?.slice(8);
    if (expires !== undefined && Date.parse(expires) < Date.now()) this.jar.delete(`${origin} ${name} ${path}`);
    else this.jar.set(`${origin} ${name} ${path}`, { path, value });
  }
}
