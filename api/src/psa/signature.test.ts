import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyWebhook } from './signature.ts';

const hmac = (secret: string, data: string) => `sha256=${createHmac('sha256', secret).update(data).digest('hex')}`;

describe('Standard Webhooks', () => {
  // The example published at github.com/standard-webhooks/standard-webhooks.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const body = Buffer.from('{"test": 2432232314}');
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const at = new Date(1_614_265_330_000);
  const later = (seconds: number) => new Date(at.getTime() + seconds * 1000);
  const verify = (change: object = {}, bytes = body, now = at) =>
    verifyWebhook('standard-webhooks', secret, { ...headers, ...change }, bytes, now);

  it('F127 takes the published vector, also after another signature and at both ends of five minutes', () => {
    expect(verify()).toEqual({ dedupeKey: 'id:msg_p5jXN8AQM9LWM0D4loKWxJek' });
    expect(verify({ 'webhook-signature': `v1,AAAA v2,x ${headers['webhook-signature']}` })).toBeTruthy();
    expect(verify({}, body, later(300))).toBeTruthy();
    expect(verify({}, body, later(-300))).toBeTruthy();
  });

  it.each([
    ['a changed body', {}, Buffer.from('{"test": 2432232315}'), at],
    ['bytes that only resemble the text', {}, Buffer.concat([body, Buffer.from([0xff])]), at],
    ['another id', { 'webhook-id': 'msg_other' }, body, at],
    ['another time', { 'webhook-timestamp': '1614265331' }, body, at],
    ['a time that is no number', { 'webhook-timestamp': '1614265330abc' }, body, at],
    ['no id', { 'webhook-id': undefined }, body, at],
    ['no time', { 'webhook-timestamp': undefined }, body, at],
    ['no signature', { 'webhook-signature': undefined }, body, at],
    ['an empty signature', { 'webhook-signature': 'v1,' }, body, at],
    [
      'the signature as another version',
      { 'webhook-signature': 'v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' },
      body,
      at,
    ],
    ['a replay after five minutes', {}, body, later(301)],
    ['a time in the future', {}, body, later(-301)],
  ])('F127 refuses %s', (_what, change, bytes, now) => {
    expect(() => verify(change, bytes, now)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });
});

describe('HMAC-SHA256 in hex', () => {
  const now = new Date();
  const verify = (secret: string, headers: Record<string, string>, body: string) =>
    verifyWebhook('hmac-sha256', secret, headers, Buffer.from(body), now);

  it('F127 takes the example GitHub and Jira publish', () => {
    const signature = 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9';
    const secret = "It's a Secret to Everybody";
    for (const header of ['x-signature', 'x-hub-signature', 'x-hub-signature-256'])
      expect(verify(secret, { [header]: signature }, 'Hello World!').dedupeKey).toMatch(/^body:[0-9a-f]{64}$/);
    expect(() => verify(secret, { 'x-signature': signature }, 'Hello World?')).toThrow(/signature is not right/);
    expect(() => verify('another', { 'x-signature': signature }, 'Hello World!')).toThrow(/signature is not right/);
    for (const wrong of ['', 'sha256=', 'sha256=00', signature.slice(7), signature.replace('sha256', 'sha1')])
      expect(() => verify(secret, { 'x-signature': wrong }, 'Hello World!')).toThrow(
        expect.objectContaining({ code: 'UNAUTHENTICATED' }),
      );
  });

  it('F127 refuses a replay of a stated time, and a time that was changed, added or taken off', () => {
    const seconds = Math.floor(now.getTime() / 1000);
    const signed = (ts: number) => ({ 'x-timestamp': String(ts), 'x-signature': hmac('s', `${ts}.{}`) });
    expect(verify('s', { ...signed(seconds - 299), 'x-delivery-id': 'd-1' }, '{}')).toEqual({ dedupeKey: 'id:d-1' });
    expect(() => verify('s', signed(seconds - 301), '{}')).toThrow(/5 minutes old/);
    expect(() => verify('s', signed(seconds + 301), '{}')).toThrow(/future/);
    expect(() => verify('s', { ...signed(seconds - 301), 'x-timestamp': String(seconds) }, '{}')).toThrow(/signature/);
    expect(() => verify('s', { 'x-signature': signed(seconds)['x-signature'] }, '{}')).toThrow(/signature/);
    expect(() => verify('s', { 'x-timestamp': String(seconds), 'x-signature': hmac('s', '{}') }, '{}')).toThrow(
      /signature/,
    );
  });

  it('F127 knows a delivery again by its id, however long, or by its bytes', () => {
    const key = (body: string, id?: string) =>
      verify('s', { 'x-signature': hmac('s', body), ...(id === undefined ? {} : { 'x-delivery-id': id }) }, body)
        .dedupeKey;
    expect(key('{}')).toBe(key('{}'));
    expect(key('{}')).not.toBe(key('{ }'));
    expect(key('{}', 'x'.repeat(5_000)).length).toBeLessThan(100);
    expect(key('{}', 'x'.repeat(5_000))).not.toBe(key('{}', 'x'.repeat(5_001)));
  });
});
