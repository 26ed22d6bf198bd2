import { SITE, SoftPasskey } from '@throughline/agent/testing/soft-passkey';
import { type KeptAssertion, type PasskeyAnswer } from '@throughline/domain/passkey';
import type { Verdict } from '@throughline/domain/verify-report';
import type { Vector } from './bad-vectors.ts';
import { IDS, RecordFixture } from './record-fixture.ts';

/*
 * Records of commands that named approvers allowed, in strong mode or by a policy that asks them. In each bad one the chain holds and the runtime has signed what stands there, as one that was taken over would: only
 * the passkey's own signature tells.
 */

type Change = (kept: KeptAssertion, said: PasskeyAnswer) => KeptAssertion;

const flip = (base64: string, at: number): string => {
  const bytes = Buffer.from(base64, 'base64');
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] as number) ^ 1;
  return bytes.toString('base64');
};

function vector(
  name: string,
  verdict: Verdict,
  change?: Change,
  key = new SoftPasskey('Mara Voss'),
  judged: 'ask' | 'ask_approver' = 'ask',
): Vector {
  const record = new RecordFixture();
  record.opened();
  const entry = record.allows(key, change, judged);
  const file = new TextEncoder().encode(JSON.stringify(record.bundle));
  return { name: `strong mode: ${name}`, file, verdict, ...(verdict === 'valid' ? {} : { entry }) };
}

/** F049: the policy demands a named approver, and these are the yeses that there were. */
function demanded(name: string, tell: (record: RecordFixture, hash: string) => void): Vector {
  const record = new RecordFixture();
  record.opened();
  record.consent();
  const hash = record.propose(IDS.change, 'rm x', 'change', 'ask_approver');
  tell(record, hash);
  record.dispatch(IDS.change);
  const file = new TextEncoder().encode(JSON.stringify(record.bundle));
  return { name: `F049 asks a named approver: ${name}`, file, verdict: 'altered' };
}

const pinned = (kept: KeptAssertion, more: Partial<NonNullable<KeptAssertion['pin']>>): KeptAssertion => ({
  ...kept,
  pin: { ...(kept.pin as NonNullable<KeptAssertion['pin']>), ...more },
});

export function passkeyVectors(): Vector[] {
  const kinds = ['es256', 'rs256', 'eddsa'] as const;
  const other = new SoftPasskey('Mara Voss');
  const again = (said: Partial<PasskeyAnswer>): [Change, SoftPasskey] => {
    const key = new SoftPasskey('Mara Voss');
    return [(kept, asked) => ({ ...key.answer({ ...asked, ...said }), ...(kept.pin && { pin: kept.pin }) }), key];
  };
  const twisted = (twist: Parameters<SoftPasskey['answer']>[1]): [Change, SoftPasskey] => {
    const key = new SoftPasskey('Mara Voss');
    return [(kept, asked) => ({ ...key.answer(asked, twist), ...(kept.pin && { pin: kept.pin }) }), key];
  };
  const mara = new SoftPasskey('Mara Voss');
  return [
    ...kinds.flatMap((kind) => [
      vector(`an answer by ${kind}`, 'valid', undefined, new SoftPasskey('Mara Voss', kind)),
      ...(['authenticatorData', 'clientDataJSON', 'signature'] as const).map((part) =>
        vector(
          `one byte of ${part}, ${kind}`,
          'altered',
          (kept) => ({ ...kept, [part]: flip(kept[part], -1) }),
          new SoftPasskey('Mara Voss', kind),
        ),
      ),
      vector(
        `one byte of the pinned key, ${kind}`,
        'altered',
        (kept) => pinned(kept, { publicKey: flip(kept.pin?.publicKey ?? '', kind === 'rs256' ? 60 : -1) }),
        new SoftPasskey('Mara Voss', kind),
      ),
    ]),
    vector('an answer by an earlier runtime, which did not say the key', 'valid', ({ pin: _, ...kept }) => kept),
    vector('asked by the policy of its class', 'valid', undefined, mara, 'ask_approver'),
    vector('asked by policy, and no key is named', 'altered', ({ pin: _, ...kept }) => kept, mara, 'ask_approver'),
    demanded('sent without any answer', () => undefined),
    demanded('sent on the yes of the person at the device', (record, hash) => {
      record.asks(IDS.changeApproval, 'action', IDS.change, hash);
      record.answers(IDS.changeApproval, 'action', IDS.change, hash);
    }),
    vector('the key of somebody else', 'altered', (kept) => pinned(kept, { publicKey: other.approver.publicKey })),
    vector('another origin', 'altered', (kept) => pinned(kept, { origin: 'https://evil.test' })),
    vector('another relying party', 'altered', (kept) => pinned(kept, { rpId: 'evil.test' })),
    vector('a yes to another action', 'altered', ...again({ hash: 'ab'.repeat(32) })),
    vector('a yes for another endpoint', 'altered', ...again({ endpointId: 'elsewhere' })),
    vector('a yes that was good for longer', 'altered', ...again({ expiresAt: 1 })),
    vector('a no turned into a yes', 'altered', ...again({ decision: 'deny' })),
    vector('nobody touched it', 'altered', ...twisted({ flags: 0x04 })),
    vector('it did not check who used it', 'altered', ...twisted({ flags: 0x01 })),
    vector('a new passkey’s bytes in the place of an answer', 'altered', ...twisted({ type: 'webauthn.create' })),
    vector('inside of another site', 'altered', ...twisted({ crossOrigin: true })),
    vector('on another site', 'altered', ...twisted({ origin: `${SITE.origin}:8443` })),
    vector('base64 that is not strict', 'altered', (kept) => ({ ...kept, signature: `${kept.signature}\n` })),
    vector('no key at all', 'altered', (kept) => pinned(kept, { publicKey: Buffer.alloc(60).toString('base64') })),
  ];
}
