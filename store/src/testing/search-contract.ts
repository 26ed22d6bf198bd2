import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  MARK_CLOSE,
  MARK_OPEN,
  type SearchBackend,
  type SearchDocument,
  type SearchQuery,
} from '../search/search-backend.ts';

/** What every search adapter has to do, told once: the session numbers are those of the published scenario. */
export function searchContract(
  name: string,
  open: () => Promise<{ backend: SearchBackend; close(): Promise<void> }>,
): void {
  describe(`search by ${name}`, () => {
    let backend: SearchBackend;
    let close: () => Promise<void>;
    const northgate = randomUUID();
    const rivermark = randomUUID();
    const [harbor, cedar] = [randomUUID(), randomUUID()];
    const [jun, theo] = [randomUUID(), randomUUID()];
    const sessions = new Map<number, string>();
    const endpoints = new Map<number, string>();
    const day = (n: number) => Date.parse(`2026-02-${String(n).padStart(2, '0')}T12:00:00Z`);

    const piece = (number: number, body: string, changes: Partial<SearchDocument> = {}): SearchDocument => {
      if (!sessions.has(number)) sessions.set(number, randomUUID());
      if (!endpoints.has(number)) endpoints.set(number, randomUUID());
      return {
        id: randomUUID(),
        mspId: northgate,
        clientId: harbor,
        sessionId: sessions.get(number) as string,
        endpointId: endpoints.get(number) as string,
        technicianIds: [jun],
        kind: 'message',
        entrySeq: 1,
        commandId: null,
        stream: null,
        offset: null,
        effectiveUser: null,
        at: day(17),
        body,
        ...changes,
      };
    };
    const found = async (text: string, changes: Partial<SearchQuery> = {}) => {
      const { hits, total } = await backend.search({
        mspId: northgate,
        clients: '*',
        text,
        limit: 50,
        offset: 0,
        ...changes,
      });
      const numbers = hits.map((hit) => [...sessions].find(([, id]) => id === hit.document.sessionId)?.[0] ?? -1);
      return { numbers: [...new Set(numbers)].sort(), hits, total };
    };

    beforeAll(async () => {
      ({ backend, close } = await open());
      await backend.prepare();
      await backend.prepare(); // as at every start
      const lines = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, i) => String(from + i)).join('\n');
      await backend.index(northgate, [
        piece(1847, 'Fixed by adding the intermediate "DigiCert G2" to the store.'),
        piece(1902, 'The chain says CERT_TRUST_IS_PARTIAL_CHAIN (partial_chain)'),
        piece(1902, 'ChainContext.TrustStatus.dwErrorStatus=40010000'),
        piece(1902, 'certutil -verifyCTL AuthRoot'),
        piece(1902, 'Import of DigiCert G2 done'),
        piece(1903, 'certutil -store -v my'),
        piece(1904, String.raw`Get-ItemProperty HKLM:\SOFTWARE\Vendor\Auth`),
        piece(1904, String.raw`Set-ItemProperty -Path HKLM:\SOFTWARE\Vendor\Auth -Name LegacyMode -Value 0`),
        piece(1905, 'ChainContext.TrustStatus.dwErrorStatus=40010001'),
        piece(1906, 'chain of stores; partial refund'),
        piece(1907, lines(1, 10_000), { kind: 'output', stream: 1, offset: 0 }),
        piece(1907, `${lines(990_000, 999_999)}\n1000000\nneedleatend\n`, {
          kind: 'output',
          stream: 1,
          offset: 6_840_896,
        }),
        piece(1908, 'ComputerName : print01\nRemotePort : 631\nTcpTestSucceeded : False'),
        piece(2001, 'the sealed will of the Aldermann estate', { clientId: cedar, technicianIds: [theo], at: day(20) }),
      ]);
      await backend.index(rivermark, [piece(3001, 'partial_chain at another company', { mspId: rivermark })]);
    }, 120_000);
    afterAll(() => close());

    it.each([
      ['partial_chain', [1902]],
      ['40010000', [1902]],
      ['certutil -verifyCTL', [1902]],
      [String.raw`HKLM:\SOFTWARE\Vendor\Auth`, [1904]],
      ['Set-ItemProperty -Name LegacyMode', [1904]],
      ['TcpTestSucceeded', [1908]],
      ['RemotePort 631', [1908]],
      ['needleatend', [1907]],
      ['DigiCert G2', [1847, 1902]],
    ])('F100 finds %s in the right sessions and in no other', async (text, expected) => {
      expect((await found(text)).numbers).toEqual(expected);
    });

    it.each(['40010002', '4001000', 'TcpTestSucceded631', 'certutil -verifyCTLs'])(
      'F100 finds nothing for %s',
      async (text) => {
        expect(await found(text)).toMatchObject({ numbers: [], total: 0 });
      },
    );

    it('F100 does not mind small and capital letters, and wants every word', async () => {
      expect((await found('digicert INTERMEDIATE')).numbers).toEqual([1847]);
      expect((await found('digicert aldermann')).numbers).toEqual([]);
    });

    it.each(['', '   ', '---', '"', '"" \\', `'; drop table session; --`, '<->', '& | !', 'a:*b', '\u0000'])(
      'survives whatever is typed: %j',
      async (text) => {
        expect((await found(text)).total).toBeGreaterThanOrEqual(0);
      },
    );

    it('F099 F120 leads to the place in a huge output where the word stands', async () => {
      const { hits } = await found('needleatend');
      expect(hits[0]?.document).toMatchObject({ kind: 'output', stream: 1, offset: 6_840_896 });
    });

    it('F104 shows the words around the match, the match marked', async () => {
      const { hits } = await found('TcpTestSucceeded');
      expect(hits[0]?.excerpt).toContain(`${MARK_OPEN}TcpTestSucceeded${MARK_CLOSE}`);
      expect(hits[0]?.excerpt).toContain('631');
      const far = (await found('needleatend')).hits[0]?.excerpt ?? '';
      expect(far).toContain(`${MARK_OPEN}needleatend${MARK_CLOSE}`);
      expect(far.length).toBeLessThan(1_000);
    });

    it('F132 never shows another organisation’s words', async () => {
      expect((await found('another company')).numbers).toEqual([]);
      expect((await found('partial_chain', { mspId: rivermark })).numbers).toEqual([3001]);
      expect((await found('partial_chain', { mspId: randomUUID() })).numbers).toEqual([]);
    });

    it('F132 shows a person the clients they may see, whatever they filter by', async () => {
      expect((await found('aldermann')).numbers).toEqual([2001]);
      expect(await found('aldermann', { clients: [harbor] })).toMatchObject({ numbers: [], total: 0 });
      expect((await found('aldermann', { clients: [harbor, cedar] })).numbers).toEqual([2001]);
      expect(await found('aldermann', { clients: [] })).toMatchObject({ numbers: [], total: 0 });
      expect((await found('aldermann', { clients: [harbor], clientId: cedar })).numbers).toEqual([]);
    });

    it('F103 filters by client, endpoint, technician and time', async () => {
      expect((await found('partial_chain', { clientId: cedar })).numbers).toEqual([]);
      expect((await found('G2', { endpointId: endpoints.get(1847) })).numbers).toEqual([1847]);
      expect((await found('aldermann', { technicianId: jun })).numbers).toEqual([]);
      expect((await found('aldermann', { technicianId: theo })).numbers).toEqual([2001]);
      expect((await found('aldermann', { from: day(18), to: day(21) })).numbers).toEqual([2001]);
      expect((await found('aldermann', { to: day(18) })).numbers).toEqual([]);
      expect((await found('partial_chain', { from: day(18) })).numbers).toEqual([]);
    });

    it('F103 F031 filters by the account a command really ran as, also without any words', async () => {
      const command = (number: number, effectiveUser: string | null) => {
        const commandId = randomUUID();
        return [
          piece(number, 'bash id -un marmot', { kind: 'command_proposed', commandId, effectiveUser }),
          piece(number, 'marmot', { kind: 'output', stream: 1, offset: 0, commandId, effectiveUser }),
        ];
      };
      await backend.index(northgate, [
        ...command(1912, 'root'),
        ...command(1913, 'nobody'),
        ...command(1914, null),
        ...command(1915, String.raw`BRIGHTLINE\ken.abe`),
      ]);
      expect(await found('', { effectiveUser: 'nobody' })).toMatchObject({ numbers: [1913], total: 1 });
      expect(await found('marmot', { effectiveUser: 'Nobody' })).toMatchObject({ numbers: [1913], total: 2 });
      expect((await found('', { effectiveUser: String.raw`brightline\ken.abe` })).numbers).toEqual([1915]);
      expect((await found('', { effectiveUser: 'nobod' })).total).toBe(0);
      expect((await found('', { effectiveUser: 'nobody', clients: [cedar] })).total).toBe(0);
      expect((await found('', { effectiveUser: 'nobody', mspId: rivermark })).total).toBe(0);
    });

    it('puts a document indexed again in place of its older self', async () => {
      const document = piece(1909, 'first words zebrafish');
      await backend.index(northgate, [document]);
      await backend.index(northgate, [{ ...document, body: 'second words quokka', technicianIds: [theo] }]);
      expect((await found('zebrafish')).numbers).toEqual([]);
      expect(await found('quokka', { technicianId: theo })).toMatchObject({ numbers: [1909], total: 1 });
    });

    it('pages through hits and counts them all', async () => {
      await backend.index(
        northgate,
        Array.from({ length: 7 }, (_, i) => piece(1910, `pagination example ${i}`)),
      );
      const pages = await Promise.all([0, 3, 6].map((offset) => found('pagination', { limit: 3, offset })));
      expect(pages.map((page) => page.hits.length)).toEqual([3, 3, 1]);
      expect(new Set(pages.flatMap((page) => page.hits.map((hit) => hit.document.id))).size).toBe(7);
      expect(pages[0]?.total).toBe(7);
    });

    it('takes bytes that are no text, and empty lists', async () => {
      await backend.index(northgate, []);
      await backend.index(northgate, [piece(1911, 'before\u0000after \ufffd walrus')]);
      expect((await found('walrus')).numbers).toEqual([1911]);
    });

    it('says that it is well', async () => {
      expect(await backend.healthy()).toBe(true);
    });
  });
}
