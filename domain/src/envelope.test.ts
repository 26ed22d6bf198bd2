import { describe, expect, it } from 'vitest';
import { type Envelope, envelopeBytes, parseEnvelope, specOf } from './envelope.ts';

const envelope: Envelope = {
  v: 1,
  mspId: 'm',
  runtimeId: 'r',
  endpointId: 'e',
  sessionId: 's',
  commandId: 'c',
  counter: 3,
  shell: 'bash',
  script: 'printf "é \\u2028 😀"',
  cwd: null,
  runAs: { kind: 'runtime' },
  timeoutMs: 60_000,
  notBefore: 1,
  notAfter: 2,
  risk: 'read_only',
  actionHash: 'h',
  approvals: [{ id: 'a', kind: 'session', hash: 'h' }],
  technician: 'Jun Park',
};
const PREFIX = 'throughline/envelope/v1\n';
const bytesOf = (text: string) => Buffer.from(PREFIX + text);
const text = Buffer.from(envelopeBytes(envelope)).toString().slice(PREFIX.length);

describe('a command envelope', () => {
  it('with a limit of output is of version 2, says so in its first line, and fits no other version', () => {
    const { v: _v, ...fields } = envelope;
    const limited: Envelope = { v: 2, ...fields, maxOutputBytes: 1_000 };
    const whole = Buffer.from(envelopeBytes(limited)).toString();
    expect(whole).toMatch(/^throughline\/envelope\/v2\n/);
    expect(parseEnvelope(envelopeBytes(limited))).toEqual(limited);
    expect(specOf(limited)).toMatchObject({ maxOutputBytes: 1_000 });
    expect(specOf(envelope)).not.toHaveProperty('maxOutputBytes');
    expect(() => parseEnvelope(Buffer.from(whole.replace('v2', 'v1')))).toThrow();
    expect(() => parseEnvelope(Buffer.from(whole.replace('"v":2', '"v":1')))).toThrow();
    expect(() => parseEnvelope(Buffer.from(whole.replace(':1000', ':0')))).toThrow();
  });

  it('comes out as it went in', () => {
    expect(parseEnvelope(envelopeBytes(envelope))).toEqual(envelope);
  });

  it('is refused with a member it does not know, at the top and inside', () => {
    const { approvals } = envelope;
    for (const changed of [
      { ...envelope, sudo: true },
      { ...envelope, runAs: { kind: 'runtime', name: 'root' } },
      { ...envelope, approvals: [{ ...approvals[0]!, by: 'me' }] },
    ])
      expect(() => parseEnvelope(envelopeBytes(changed as Envelope))).toThrow(/nrecognized/);
  });

  it('is refused without any one of its members', () => {
    for (const name of Object.keys(envelope))
      expect(() => parseEnvelope(envelopeBytes({ ...envelope, [name]: undefined } as Envelope)), name).toThrow();
  });

  it.each([
    ['white space', text.replace('{', '{ ')],
    ['members in another order', JSON.stringify(envelope)],
    ['a member twice', text.replace('"v":1', '"v":1,"v":1')],
    ['another spelling of a letter', text.replace('"bash"', '"b\\u0061sh"')],
    ['another spelling of a number', text.replace('"counter":3', '"counter":3.0')],
  ])('is refused in any spelling but its own: %s', (_, changed) => {
    expect(() => parseEnvelope(bytesOf(changed))).toThrow('canonical');
  });

  it('is refused when it is of another version, no UTF-8, or no JSON', () => {
    expect(() => parseEnvelope(Buffer.from(`throughline/envelope/v3\n${text}`))).toThrow('known version');
    expect(() => parseEnvelope(Buffer.concat([bytesOf(text), Buffer.from([0xff])]))).toThrow();
    expect(() => parseEnvelope(bytesOf(text.slice(0, -1)))).toThrow();
    expect(() => parseEnvelope(envelopeBytes({ ...envelope, counter: 0 }))).toThrow();
  });
});
