import { cleanup, fireEvent } from '@testing-library/vue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sampleCommand, sampleSession } from '../../testing/samples.ts';
import { show } from '../../testing/render.ts';
import FileDialog from './FileDialog.vue';

const MIB = 1024 * 1024;
let puts: number[];
/** Answers to PUTs to fail with, one each. */
let failing: (Response | null)[];

const json = (body: object, status = 200) => new Response(JSON.stringify(body), { status });
const dialog = (answers: object = {}) =>
  show(FileDialog, { props: { open: true, session: sampleSession() }, answers: { ...answers } });
const chosen = (bytes: number) => new File([new Uint8Array(bytes)], 'G2.crt');

describe('sending and fetching a file', () => {
  beforeEach(() => {
    [puts, failing] = [[], []];
    let [total, received] = [0, 0];
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
      const standing = () => ({
        id: 'U1',
        bytes: total,
        offset: received,
        sha256: received === total ? 'ab'.repeat(32) : null,
      });
      if (init.method === 'POST') {
        total = (JSON.parse(String(init.body)) as { bytes: number }).bytes;
        if (total > 4 * MIB)
          return json({ error: { code: 'TOO_LARGE', message: 'The file is larger than this server takes.' } }, 413);
        return json(standing(), 201);
      }
      const failed = failing.shift();
      if (failed === null) throw new TypeError('no connection');
      if (failed) return failed;
      puts.push(Number(new URL(path, 'http://x').searchParams.get('offset')));
      received += (init.body as ArrayBuffer).byteLength;
      return json(standing());
    });
  });
  afterEach(() => (cleanup(), vi.unstubAllGlobals()));

  const sent = {
    SendFile: { sendFile: { __typename: 'Command', ...sampleCommand() } },
  };

  it('F040 uploads in pieces, goes on after a lost connection, and asks only when the whole is there', async () => {
    failing = [null, new Response('', { status: 502 })];
    const { getByLabelText, findByText, getByRole, asked } = await dialog(sent);
    const send = getByRole('button', { name: 'Ask, then send' }) as HTMLButtonElement;
    await fireEvent.update(getByLabelText('Where to, on the computer'), '/usr/local/share/');
    await fireEvent.update(getByLabelText(/^Why\?/), 'to be trusted');
    const input = getByLabelText('File') as HTMLInputElement;
    Object.defineProperty(input, 'files', { value: [chosen(MIB + 5)] });
    await fireEvent.change(input);
    await findByText(/goes on from 0 % by itself/);
    expect(send.disabled).toBe(true);
    await findByText(/G2\.crt is uploaded: 1,048,581 bytes/, undefined, { timeout: 5_000 });
    expect(puts).toEqual([0, MIB]);
    await findByText('It is saved as /usr/local/share/G2.crt.');
    // Not by a click: the made-up browser takes a file input that was given files by hand for an empty one.
    await fireEvent.submit(send.form!);
    await vi.waitFor(() => expect(asked.map((each) => each.name)).toEqual(['SendFile']));
    expect(asked[0]?.variables['input']).toMatchObject({
      uploadId: 'U1',
      path: '/usr/local/share/G2.crt',
      overwrite: false,
      reason: 'to be trusted',
    });
  });

  it('F040 says in place why a file is not taken', async () => {
    const { getByLabelText, findByRole } = await dialog();
    const input = getByLabelText('File') as HTMLInputElement;
    Object.defineProperty(input, 'files', { value: [chosen(5 * MIB)] });
    await fireEvent.change(input);
    expect((await findByRole('alert')).textContent).toContain('TOO_LARGE');
  });

  it('F040 fetches by path and reason alone, and shows a refusal with its code', async () => {
    const { getByLabelText, getByRole, findByRole } = await dialog({
      FetchFile: { fetchFile: { __typename: 'UserError', code: 'INVALID_INPUT', message: 'Give the whole path.' } },
    });
    await fireEvent.click(getByLabelText('Fetch a file'));
    const ask = getByRole('button', { name: 'Ask, then fetch' }) as HTMLButtonElement;
    await fireEvent.update(getByLabelText('Which file of the computer'), 'vpn.log');
    expect(ask.disabled).toBe(true);
    await fireEvent.update(getByLabelText(/^Why\?/), 'to read it');
    await fireEvent.click(ask);
    expect((await findByRole('alert')).textContent).toContain('Give the whole path. INVALID_INPUT');
  });
});
