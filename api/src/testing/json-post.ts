export interface Answered {
  status: number;
  body: Record<string, unknown>;
  /** The cookie to go on with: a new one where one was given. */
  cookie: string;
}

/** Sends a form of the sign-in pages as the web app does. */
export async function jsonPost(url: string, body: object, cookie = ''): Promise<Answered> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-throughline': '1', cookie },
    body: JSON.stringify(body),
  });
  const given = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
  return { status: response.status, body: (await response.json()) as Record<string, unknown>, cookie: given };
}
