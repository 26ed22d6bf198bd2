import { createHash } from 'node:crypto';
import { SoftPasskey } from '@throughline/agent/testing/soft-passkey';
import type { Prompt } from '@throughline/domain/agent-protocol';
import type { PasskeyAnswer } from '@throughline/domain/passkey';
import { registrationChallenge } from '@throughline/domain/passkey-registration';
import type { Site } from './site.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

interface Question {
  endpointId: string;
  prompt: Prompt;
}

/** A named approver of the site's client, with a passkey in software and a page of their own. An endpoint believes it once its owner has pinned it. */
export class SoftApprover {
  readonly #key: SoftPasskey;
  readonly #url: URL;
  readonly #desk: string;

  private constructor(key: SoftPasskey, url: URL, desk: string) {
    this.#key = key;
    this.#url = url;
    this.#desk = desk;
  }

  static async register(site: Site, name: string): Promise<SoftApprover> {
    const link = new URL(await site.approverLink(name));
    const token = link.pathname.split('/').at(-1) ?? '';
    const key = new SoftPasskey(name);
    const body = key.registration(placeOf(link), registrationChallenge(sha256, token));
    const { token: desk } = await call<{ token: string }>(new URL(`/api/approver/register/${token}`, link), body);
    return new SoftApprover(key, link, desk);
  }

  /** What waits for a passkey just now. */
  async questions(): Promise<Question[]> {
    return (await call<{ questions: Question[] }>(this.#page())).questions;
  }

  /** Signs the answer and sends it. Of who comes too late it is said so, which is as good an answer. */
  async answer({ endpointId, prompt }: Question, decision: 'approve' | 'deny'): Promise<void> {
    const { sessionId, approvalId, hash, expiresAt } = prompt;
    const said: PasskeyAnswer = { endpointId, sessionId, approvalId, hash, expiresAt, decision, reason: '' };
    const passkey = this.#key.answer(said, placeOf(this.#url));
    await call(this.#page(), { approvalId, decision, reason: '', passkey }).catch((error: Error) => {
      if (!error.message.includes('ALREADY_DECIDED')) throw error;
    });
  }

  #page(): URL {
    return new URL(`/api/approver/desk/${this.#desk}`, this.#url);
  }
}

const placeOf = ({ hostname, origin }: URL) => ({ rpId: hostname, origin });

async function call<T>(url: URL, body?: unknown): Promise<T> {
  const answer = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', 'x-throughline': '1' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} ${text}`);
  return JSON.parse(text) as T;
}
