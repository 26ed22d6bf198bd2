import type { Envelope } from '@throughline/domain/envelope';
import type { Random } from './random.ts';

/** One way to make a runtime run what it must not, and the reason it must give for refusing. */
export interface Forgery {
  name: string;
  code: string;
  /** A change of the order before it is signed with the true key: what a server gone bad could do. */
  change?: (envelope: Envelope, random: Random) => Envelope;
  /** A change of the bytes after they were signed: what somebody on the way could do. */
  tamper?: (bytes: Uint8Array, random: Random) => Uint8Array;
  /** A change of the spelled text before it is signed with the true key. */
  respell?: (text: string, random: Random) => string;
  /** Signed by somebody else's key, or hardly at all. */
  signature?: 'stranger' | 'broken';
  /** Brought by a message about another command. */
  otherCommand?: boolean;
}

const flip = (bytes: Uint8Array, random: Random): Uint8Array => {
  const changed = Uint8Array.from(bytes);
  const at = random.between(0, changed.length - 1);
  changed[at]! ^= 1 << random.between(0, 7);
  return changed;
};
const otherId = (id: string, random: Random): string =>
  id.replace(/[0-9a-f]$/, (last) => ((parseInt(last, 16) + random.between(1, 15)) % 16).toString(16));
const ago = (random: Random): number => Date.now() - random.between(1, 3_600_000);

export const FORGERIES: readonly Forgery[] = [
  { name: 'a stranger’s key', code: 'FORBIDDEN', signature: 'stranger' },
  { name: 'a broken signature', code: 'FORBIDDEN', signature: 'broken' },
  { name: 'a bit flipped on the way', code: 'FORBIDDEN', tamper: flip },
  {
    name: 'cut short',
    code: 'FORBIDDEN',
    tamper: (bytes, random) => bytes.subarray(0, random.between(0, bytes.length - 1)),
  },
  { name: 'noise', code: 'FORBIDDEN', tamper: (_bytes, random) => random.bytes(random.between(0, 300)) },
  { name: 'expired', code: 'APPROVAL_EXPIRED', change: (e, random) => ({ ...e, notAfter: ago(random) }) },
  {
    name: 'too early',
    code: 'INVALID_STATE',
    change: (e, random) => ({ ...e, notBefore: Date.now() + 70_000 + random.between(0, 3_600_000) }),
  },
  {
    name: 'replayed',
    code: 'CONFLICT',
    change: (e, random) => ({ ...e, counter: random.between(1, Math.min(5, e.counter - 1)) }),
  },
  {
    name: 'for another organisation',
    code: 'FORBIDDEN',
    change: (e, random) => ({ ...e, mspId: otherId(e.mspId, random) }),
  },
  {
    name: 'for another runtime',
    code: 'FORBIDDEN',
    change: (e, random) => ({ ...e, runtimeId: otherId(e.runtimeId, random) }),
  },
  {
    name: 'for another endpoint',
    code: 'FORBIDDEN',
    change: (e, random) => ({ ...e, endpointId: otherId(e.endpointId, random) }),
  },
  { name: 'of another command', code: 'FORBIDDEN', otherCommand: true },
  {
    name: 'another script than approved',
    code: 'FORBIDDEN',
    change: (e, random) => ({ ...e, script: `${e.script} #${random.between(1, 1e9)}` }),
  },
  {
    name: 'another shell than approved',
    code: 'FORBIDDEN',
    change: (e) => ({ ...e, shell: e.shell === 'sh' ? 'bash' : 'sh' }),
  },
  {
    name: 'another folder than approved',
    code: 'FORBIDDEN',
    change: (e, random) => ({ ...e, cwd: `/tmp/${random.between(1, 1e9)}` }),
  },
  {
    name: 'another account than approved',
    code: 'FORBIDDEN',
    change: (e) => ({ ...e, runAs: { kind: 'account', name: 'nobody' } }),
  },
  {
    name: 'another time limit than approved',
    code: 'FORBIDDEN',
    change: (e, random) => ({ ...e, timeoutMs: e.timeoutMs + random.between(1, 1e6) }),
  },
  {
    name: 'a consent to another session',
    code: 'APPROVAL_REQUIRED',
    change: (e) => ({ ...e, approvals: e.approvals.map((each) => ({ ...each, hash: '0'.repeat(64) })) }),
  },
  { name: 'no approval at all', code: 'APPROVAL_REQUIRED', change: (e) => ({ ...e, approvals: [] }) },
  {
    name: 'an approval nobody gave',
    code: 'APPROVAL_REQUIRED',
    change: (e, random) => ({
      ...e,
      approvals: e.approvals.map((each) => ({ ...each, id: `made-up-${random.between(1, 1e9)}` })),
    }),
  },
  {
    name: 'a change under a reading’s consent',
    code: 'APPROVAL_REQUIRED',
    change: (e, random) => ({ ...e, risk: random.pick(['change', 'destructive'] as const) }),
  },
  {
    name: 'a field nobody knows',
    code: 'INVALID_INPUT',
    change: (e, random) => ({ ...e, [`x${random.between(1, 1e9)}`]: true }) as Envelope,
  },
  {
    name: 'a field missing',
    code: 'INVALID_INPUT',
    change: (e, random) =>
      without(e, random.pick(['technician', 'risk', 'approvals', 'notAfter', 'timeoutMs'] as const)),
  },
  {
    name: 'another version',
    code: 'INVALID_INPUT',
    // Versions 1 and 2 are both known; from the third on none is.
    change: (e, random) => ({ ...e, v: random.between(3, 99) }) as unknown as Envelope,
  },
  {
    name: 'what only version 2 knows in an order of version 1',
    code: 'INVALID_INPUT',
    change: (e) => ({ ...e, v: 1, input: true }) as unknown as Envelope,
  },
  {
    name: 'another spelling',
    code: 'INVALID_INPUT',
    respell: (text, random) => text.replace(/,"/g, random.pick([', "', ',\n"', ',\t"'])),
  },
  {
    name: 'another kind of signed text',
    code: 'INVALID_INPUT',
    respell: (text) => text.replace('throughline/envelope/v1', 'throughline/decision/v1'),
  },
];

function without(envelope: Envelope, name: keyof Envelope): Envelope {
  const { [name]: _gone, ...rest } = envelope;
  return rest as Envelope;
}
