import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, openApiBench } from './testing/api-bench.ts';
import { type Desk, gid } from './testing/desk.ts';
import { playing } from './testing/scripted-runtime.ts';

let bench: ApiBench;
let theo: Desk;
let path: string;
const whole = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `${i + 1}\n`).join(''));

beforeAll(async () => {
  bench = await openApiBench();
  theo = bench.desk(bench.northgate.people.theo);
  const runtime = await bench.enrol(bench.northgate.clients.cedar.id, 'CEDR-WS-01');
  await runtime.connect();
  const id = await bench.command(theo, await bench.active(theo, runtime), 'seq 1 40000');
  const pieces = Array.from({ length: Math.ceil(whole.length / 5_000) }, (_, i) =>
    whole.subarray(i * 5_000, (i + 1) * 5_000),
  );
  await runtime.plays(id, playing(id, pieces));
  path = `/api/commands/${encodeURIComponent(gid('Command', id))}/output/stdout`;
});
afterAll(() => bench?.close());

const part = async (range: string, headers = {}) => {
  const answer = await theo.get(path, { range, ...headers });
  return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
};

describe('a stored output over HTTP', () => {
  it('F026 U07 is given whole, with its length and a name that lasts', async () => {
    const answer = await theo.get(`${path}?download=1`);
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(whole)).toBe(true);
    expect(answer.headers.get('content-length')).toBe(String(whole.length));
    expect(answer.headers.get('accept-ranges')).toBe('bytes');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="[0-9a-f-]{36}\.stdout"$/);
    expect(answer.headers.get('etag')).toMatch(/^"[0-9a-f]{64}"$/);
  });
  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=4998-5003', 4998, 5004],
    ['bytes=10000-19999', 10_000, 20_000],
    ['bytes=-7', whole.length - 7, whole.length],
    [`bytes=${whole.length - 3}-`, whole.length - 3, whole.length],
    [`bytes=0-${whole.length * 2}`, 0, whole.length],
  ])('U07 %s gives these bytes and no others', async (range, from, to) => {
    const { answer, bytes } = await part(range);
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/${whole.length}`);
    expect(answer.headers.get('content-length')).toBe(String(to - from));
    expect(bytes.equals(whole.subarray(from, to))).toBe(true);
  });
  it('U07 says 416 and how much there is when the range begins behind the end', async () => {
    const { answer, bytes } = await part(`bytes=${whole.length}-`);
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe(`bytes */${whole.length}`);
    expect(bytes).toHaveLength(0);
  });
  it('U07 gives the whole when the output is no longer the one whose name is sent', async () => {
    const etag = (await theo.get(path, {}, 'HEAD')).headers.get('etag') ?? '';
    expect((await part('bytes=0-3', { 'if-range': etag })).answer.status).toBe(206);
    const { answer, bytes } = await part('bytes=0-3', { 'if-range': '"another"' });
    expect(answer.status).toBe(200);
    expect(bytes.equals(whole)).toBe(true);
  });
  it('U07 tells the length without a byte of it', async () => {
    const answer = await theo.get(path, {}, 'HEAD');
    expect(answer.headers.get('content-length')).toBe(String(whole.length));
    expect(await answer.text()).toBe('');
  });
  it('F132 a range is refused like the whole: no other organisation, no other client, nobody without a sign-in', async () => {
    const range = { range: 'bytes=0-9' };
    expect((await bench.desk(bench.rivermark.people.rex).get(path, range)).status).toBe(404);
    expect((await bench.desk(null).get(path, range)).status).toBe(401);
    const lena = await bench.desk(bench.northgate.people.lena).get(path, range);
    expect(lena.status).toBe(404);
    expect(lena.headers.get('content-range')).toBeNull();
  });
});
