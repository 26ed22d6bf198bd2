/** A tiny cookie-keeping HTTP client for one origin, sending the header that the api asks of its own web app. */
export interface Http {
  readonly origin: string;
  get(path: string): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  cookies(): { name: string; value: string }[];
}

export function createClientHttp(origin: string, cookies: readonly { name: string; value: string }[] = []): Http {
  const jar = new Map(cookies.map(({ name, value }) => [name, value]));
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      'x-throughline': '1',
      ...(init.headers as Record<string, string>),
      ...(cookie === '' ? {} : { cookie }),
    };
    const answer = await fetch(`${origin}${path}`, { ...init, headers });
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split('=');
      jar.set(name, value);
    }
    return answer;
  };
  return {
    origin,
    get: (path) => send(path, {}),
    post: (path, body) =>
      send(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    cookies: () => [...jar].map(([name, value]) => ({ name, value })),
  };
}
