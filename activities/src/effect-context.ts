import type { Actor } from '@throughline/domain/actor';
import type { Effect } from '@throughline/domain/effect';
import type { EntryKind, NewEntry } from '@throughline/domain/entry';
import type { Role } from '@throughline/domain/role';
import type { ActorRef } from '@throughline/domain/session-state';
import { type CommandRow, commandById } from '@throughline/store/command-store';
import { type News, raise } from '@throughline/store/notification-store';
import { type Announcement, announce } from '@throughline/store/outbound-store';
import { appendEntry, noteEntry } from '@throughline/store/record-store';
import { type SessionRow, sessionById } from '@throughline/store/session-store';
import type { Tx } from '@throughline/store/tenant';
import { textById } from '@throughline/store/text-store';
import { withRoles } from '@throughline/store/user-store';
import type { EnvelopeSigner } from './envelope-signer.ts';

export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** What the effects of one batch share: the transaction, and look-ups made once. */
export class EffectContext {
  readonly tx: Tx;
  readonly mspId: string;
  readonly sessionId: string;
  readonly signer: EnvelopeSigner;
  /** A mail server is set. */
  readonly mails: boolean;
  private row: Promise<SessionRow | null> | null = null;
  private readonly people = new Map<string, Promise<Person>>();
  private readonly commands = new Map<string, Promise<CommandRow | null>>();
  private readonly orders = new Map<string, Promise<{ settled: boolean } | undefined>>();

  constructor(tx: Tx, mspId: string, sessionId: string, signer: EnvelopeSigner, mails = false) {
    this.tx = tx;
    this.mspId = mspId;
    this.sessionId = sessionId;
    this.signer = signer;
    this.mails = mails;
  }

  async session(): Promise<SessionRow> {
    this.row ??= sessionById(this.tx, { mspId: this.mspId, clients: '*' }, this.sessionId);
    const row = await this.row;
    if (row === null) throw new Error(`session ${this.sessionId} has no row yet`);
    return row;
  }

  /** As it was proposed: what the batch's own effects write into the row does not show here. */
  async command(id: string): Promise<CommandRow> {
    const find = () => commandById(this.tx, { mspId: this.mspId, clients: '*' }, id);
    const command = await once(this.commands, id, find);
    if (command === null) throw new Error(`command ${id} has no row`);
    return command;
  }

  /** Of a command whose order was written before; undefined: there is none yet. */
  orderOf(commandId: string): Promise<{ settled: boolean } | undefined> {
    return once(this.orders, commandId, () => this.findOrder(commandId));
  }

  private async findOrder(commandId: string): Promise<{ settled: boolean } | undefined> {
    const { rows } = await this.tx.query<{ settled: boolean }>(
      'select settled_at is not null as settled from command_outbox where msp_id = $1 and command_id = $2',
      [this.mspId, commandId],
    );
    return rows[0];
  }

  /**
   * Asks already for what the effects will read, so that the answers come together with that to the batch's first statement. Nothing that
   * an effect of the same batch writes, but what it reads "as proposed".
   */
  foresee(effects: readonly Effect[]): void {
    const orders = effects.filter((effect) => effect.do === 'dispatch');
    if (orders.length === 0) return;
    const early = orders.flatMap(({ commandId }) => [this.command(commandId), this.orderOf(commandId)]);
    // Whoever asks for it is told of a failure.
    for (const asked of [this.session(), ...early]) asked.catch(() => undefined);
  }

  person(id: string): Promise<Person> {
    return once(this.people, id, () => this.findPerson(id));
  }

  private async findPerson(id: string): Promise<Person> {
    const { rows } = await this.tx.query<Person>(
      'select name, email, role from app_user where msp_id = $1 and id = $2',
      [this.mspId, id],
    );
    return rows[0] ?? { name: 'unknown person', email: '', role: '' };
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

  async append<K extends EntryKind>(...said: Said<K>): Promise<{ seq: number; isNew: boolean }> {
    return appendEntry(this.tx, this.mspId, this.sessionId, await this.entry(...said));
  }

  /** The same where its number is of no use: it is sent, and not waited for before the commit. */
  async note<K extends EntryKind>(...said: Said<K>): Promise<void> {
    return noteEntry(this.tx, this.mspId, this.sessionId, await this.entry(...said));
  }

  private async entry<K extends EntryKind>(...[kind, key, by, at, payload]: Said<K>): Promise<NewEntry> {
    const origin =
      by.kind === 'user' ? 'browser' : by.kind === 'end_user' ? 'endpoint' : by.kind === 'psa' ? 'webhook' : 'workflow';
    return { kind, key, actor: await this.actor(by), origin, at: isoTime(at), payload } as NewEntry;
  }

  /** Tells one person, once per key. */
  async notify(userId: string, news: Omit<News, 'userId' | 'link'>, entrySeq?: number): Promise<void> {
    await raise(this.tx, this.mspId, { ...news, userId, link: await this.linkTo(entrySeq) });
  }

  /** Tells the organisation's other services, once per key. */
  async announce(event: Omit<Announcement, 'link' | 'clientId'>, entrySeq?: number): Promise<void> {
    const { client_id: clientId } = await this.session();
    await announce(this.tx, this.mspId, { ...event, clientId, link: await this.linkTo(entrySeq) });
  }

  private async linkTo(entrySeq: number | undefined): Promise<string> {
    const { number } = await this.session();
    return `/s/${number}${entrySeq === undefined ? '' : `#e${entrySeq}`}`;
  }

  dispatchers(): Promise<string[]> {
    return this.withRoles(['dispatcher']);
  }

  /** Who has one of these roles today and may see this session's client. */
  async withRoles(roles: readonly Role[]): Promise<string[]> {
    return withRoles(this.tx, this.mspId, roles, (await this.session()).client_id);
  }
}

type Said<K extends EntryKind> = [kind: K, key: string, by: ActorRef, at: number, payload: NewEntry<K>['payload']];

/** Asks at the first time only, also while the answer is on its way. */
function once<T>(known: Map<string, Promise<T>>, id: string, find: () => Promise<T>): Promise<T> {
  const asked = known.get(id) ?? find();
  known.set(id, asked);
  return asked;
}

interface Person {
  name: string;
  email: string;
  role: string;
}

interface EndpointNames {
  id: string;
  name: string;
  simulated: boolean;
  runtime_label: string | null;
  client_name: string;
}
