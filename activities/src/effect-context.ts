import { randomUUID } from 'node:crypto';
import type { Actor } from '@throughline/domain/actor';
import type { EntryKind, NewEntry } from '@throughline/domain/entry';
import type { Role } from '@throughline/domain/role';
import type { ActorRef } from '@throughline/domain/session-state';
import { publish } from '@throughline/store/notify';
import { appendEntry } from '@throughline/store/record-store';
import { type SessionRow, sessionById } from '@throughline/store/session-store';
import type { Tx } from '@throughline/store/tenant';
import { textById } from '@throughline/store/text-store';
import type { EnvelopeSigner } from './envelope-signer.ts';

export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** What the effects of one batch share: the transaction, and look-ups made once. */
export class EffectContext {
  readonly tx: Tx;
  readonly mspId: string;
  readonly sessionId: string;
  readonly signer: EnvelopeSigner;
  private row: SessionRow | null = null;
  private readonly people = new Map<string, { name: string; email: string; role: string }>();

  constructor(tx: Tx, mspId: string, sessionId: string, signer: EnvelopeSigner) {
    this.tx = tx;
    this.mspId = mspId;
    this.sessionId = sessionId;
    this.signer = signer;
  }

  async session(): Promise<SessionRow> {
    this.row ??= await sessionById(this.tx, { mspId: this.mspId, clients: '*' }, this.sessionId);
    if (this.row === null) throw new Error(`session ${this.sessionId} has no row yet`);
    return this.row;
  }

  async person(id: string): Promise<{ name: string; email: string; role: string }> {
    const known = this.people.get(id);
    if (known !== undefined) return known;
    const { rows } = await this.tx.query<{ name: string; email: string; role: string }>(
      'select name, email, role from app_user where msp_id = $1 and id = $2',
      [this.mspId, id],
    );
    const person = rows[0] ?? { name: 'unknown person', email: '', role: '' };
    this.people.set(id, person);
    return person;
  }

  async endpoint(): Promise<EndpointNames> {
    const { endpoint_id } = await this.session();
    const { rows } = await this.tx.query<EndpointNames>(
      `select e.id, e.name, e.simulated, r.label as runtime_label, c.name as client_name
       from endpoint e
       join client c on c.msp_id = e.msp_id and c.id = e.client_id
       left join runtime r on r.msp_id = e.msp_id and r.id = e.runtime_id
       where e.msp_id = $1 and e.id = $2`,
      [this.mspId, endpoint_id],
    );
    const row = rows[0];
    if (row === undefined) throw new Error(`endpoint ${endpoint_id} has no row`);
    return row;
  }

  text(id: string | null): Promise<string> {
    return textById(this.tx, this.mspId, id);
  }

  async actor(ref: ActorRef): Promise<Actor> {
    switch (ref.kind) {
      case 'user':
        return { kind: 'user', id: ref.id, ...(await this.person(ref.id)) };
      case 'end_user':
        return { kind: 'end_user', account: ref.account, endpointId: (await this.session()).endpoint_id };
      case 'psa': {
        const { rows } = await this.tx.query<{ name: string }>(
          'select name from psa_connection where msp_id = $1 and id = $2',
          [this.mspId, ref.id],
        );
        return { kind: 'psa', connectionId: ref.id, name: rows[0]?.name ?? 'PSA' };
      }
      case 'system':
        return { kind: 'system' };
    }
  }

  async append<K extends EntryKind>(
    kind: K,
    key: string,
    by: ActorRef,
    at: number,
    payload: NewEntry<K>['payload'],
  ): Promise<{ seq: number; isNew: boolean }> {
    const origin =
      by.kind === 'user' ? 'browser' : by.kind === 'end_user' ? 'endpoint' : by.kind === 'psa' ? 'webhook' : 'workflow';
    const entry = { kind, key, actor: await this.actor(by), origin, at: isoTime(at), payload } as NewEntry;
    return appendEntry(this.tx, this.mspId, this.sessionId, entry);
  }

  /** Raises one notification per person and key. */
  async notify(userId: string, key: string, kind: string, text: string, entrySeq?: number): Promise<void> {
    const { number } = await this.session();
    const { rowCount } = await this.tx.query(
      `insert into notification (msp_id, id, user_id, key, kind, text, link, at)
       values ($1, $2, $3, $4, $5, $6, $7, now()) on conflict do nothing`,
      [
        this.mspId,
        randomUUID(),
        userId,
        key,
        kind,
        text,
        `/s/${number}${entrySeq === undefined ? '' : `#e${entrySeq}`}`,
      ],
    );
    if (rowCount === 1) await publish(this.tx, { k: 'notification', m: this.mspId, u: userId });
  }

  dispatchers(): Promise<string[]> {
    return this.withRoles(['dispatcher']);
  }

  /** Who has one of these roles today. */
  async withRoles(roles: readonly Role[]): Promise<string[]> {
    const { rows } = await this.tx.query<{ id: string }>(
      `select id from app_user where msp_id = $1 and role = any($2) and deactivated_at is null`,
      [this.mspId, roles],
    );
    return rows.map((row) => row.id);
  }
}

interface EndpointNames {
  id: string;
  name: string;
  simulated: boolean;
  runtime_label: string | null;
  client_name: string;
}
