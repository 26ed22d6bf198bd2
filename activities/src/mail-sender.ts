import { hostname } from 'node:os';
import { sayIn } from '@throughline/domain/prompt/catalogue';
import { MAIL_LATE, linkToken } from '@throughline/store/approval-link-store';
import { publish } from '@throughline/store/notify';
import type { Seal } from '@throughline/store/seal';
import { type Tx, withTenant } from '@throughline/store/tenant';
import { mspsWithMail } from '@throughline/store/work';
import { createTransport, type Transporter } from 'nodemailer';
import type { Pool } from 'pg';
import type { Logger } from 'pino';

interface MailRow {
  id: string;
  /** A notification's; an approver's mail is in the sender's own words. */
  news: { subject: string; link: string } | null;
  client_name: string;
  /** A link for the person who is asked; its secret is in no row. */
  link: { id: string; technician: string; endpoint: string; until: string } | null;
  attempts: number;
  /** Too old to be news, read in the app or answered meanwhile, or for somebody who left. */
  stale: boolean;
  email: string;
  name: string;
  msp_name: string;
}

const FIRST_WAIT_S = 5;
const LONGEST_WAIT_S = 30 * 60;

/** A connection to the mail server. `url`: smtp:// (with STARTTLS, except to this very computer) or smtps://, with name and password. */
export function mailTransport(url: string): Transporter {
  const { hostname: host, protocol } = new URL(url);
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(host);
  return createTransport({
    url,
    pool: true,
    maxConnections: 2,
    // A password never goes over a line that others can read.
    requireTLS: protocol === 'smtp:' && !isHere,
    // A relay on this computer has a certificate of its own making, if any; there is no line to it.
    tls: { rejectUnauthorized: !isHere },
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

export interface MailSender {
  pool: Pool;
  /** null: no mail server is set; what waits is dropped, so that it does not all go out on the day one is. */
  transport: Transporter | null;
  from: string;
  publicUrl: string;
  /** Makes the secrets of links again. */
  seal: Pick<Seal, 'derive'>;
  log: Logger;
}

/**
 * Sends what people chose to be mailed: title and link, nothing of a session's contents; to a named approver, that a request waits; and to the
 * person at a device, the link that answers a question. The Message-ID is the row's, so that a mail
 * whose acceptance was lost on the way is, sent again, the same mail to every mail program.
 */
export async function drainMail(sender: MailSender): Promise<void> {
  for (const mspId of await mspsWithMail(sender.pool)) {
    for (;;) {
      const mail = await takeMail(sender.pool, mspId);
      if (mail === null) break;
      if (mail.stale || sender.transport === null) {
        const [error, said] = mail.stale
          ? (['It was no longer news.', 'stale'] as const)
          : (['No mail server is set.', 'no server'] as const);
        await settle(sender.pool, mspId, mail, 'dropped', error, said);
        continue;
      }
      try {
        await send(sender, sender.transport, mail);
        await settle(sender.pool, mspId, mail, 'sent', null);
      } catch (error) {
        const { responseCode, command, code, message } = error as Error & {
          responseCode?: number;
          command?: string;
          code?: string;
        };
        // 5xx to the envelope or the message is for good; to anything before it (sign-in, greeting) it is the operator's to mend.
        const refused = responseCode !== undefined && responseCode >= 500 && /^(RCPT TO|DATA|API)$/.test(command ?? '');
        sender.log.warn({ mspId, mailId: mail.id, code, responseCode, command }, 'mail not sent');
        const state = refused ? 'dropped' : 'failing';
        await settle(sender.pool, mspId, mail, state, message.slice(0, 500), refused ? 'refused' : 'late');
      }
    }
  }
}

/** Takes the next mail that is due, its attempt counted before it is made. */
function takeMail(pool: Pool, mspId: string): Promise<MailRow | null> {
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    const { rows } = await tx.query<MailRow>(
      `with next as (
         select o.msp_id, o.id, o.notification_id, o.approver_id, o.approval_id, o.link_id from mail_outbox o
         where o.msp_id = $1 and o.state in ('queued', 'failing') and o.next_try_at <= now()
         order by o.next_try_at limit 1 for update skip locked)
       update mail_outbox m set attempts = m.attempts + 1, next_try_at = now() + make_interval(secs => 60)
       from next join msp on msp.id = next.msp_id
         left join notification n on n.msp_id = next.msp_id and n.id = next.notification_id
         left join app_user u on u.msp_id = n.msp_id and u.id = n.user_id
         left join approver w on w.msp_id = next.msp_id and w.id = next.approver_id
         left join client c on c.msp_id = w.msp_id and c.id = w.client_id
         left join approval_link l on l.msp_id = next.msp_id and l.id = next.link_id
         left join approval_request a on a.msp_id = next.msp_id and a.id = coalesce(next.approval_id, l.approval_id)
         left join session s on s.msp_id = l.msp_id and s.id = a.session_id
         left join endpoint e on e.msp_id = s.msp_id and e.id = s.endpoint_id
         left join app_user t on t.msp_id = l.msp_id and t.id = a.technician_id
       where m.msp_id = next.msp_id and m.id = next.id
       returning m.id, m.attempts, case when n.id is null then null else jsonb_build_object('subject', m.subject, 'link', n.link) end as news,
         case when l.id is null then null else jsonb_build_object('id', l.id, 'technician', t.name, 'endpoint', e.name, 'until', l.expires_at) end as link,
         coalesce(u.email, w.email, l.email) as email, coalesce(u.name, w.name, l.name) as name, coalesce(c.name, '') as client_name, msp.name as msp_name,
         (m.created_at < now() - interval '1 day' or n.read_at is not null or u.deactivated_at is not null
           or w.revoked_at is not null or coalesce(a.state <> 'waiting', false)
           or coalesce(l.replaced_at is not null or l.answered_at is not null or l.expires_at <= now(), false)) as stale`,
      [mspId],
    );
    return rows[0] ?? null;
  });
}

async function send(sender: MailSender, transport: Transporter, mail: MailRow): Promise<void> {
  const { subject, text } = wordsOf(sender, mail);
  await transport.sendMail({
    from: sender.from,
    to: { name: oneLine(mail.name), address: mail.email },
    subject: subject.length > 200 ? `${subject.slice(0, 199)}…` : subject,
    messageId: `<${mail.id}@${URL.parse(sender.publicUrl)?.hostname ?? hostname()}>`,
    text,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  });
}

function wordsOf({ publicUrl, seal }: MailSender, mail: MailRow): { subject: string; text: string } {
  if (mail.link !== null) return forPerson(publicUrl, linkToken(seal, mail.link.id), mail, mail.link);
  return mail.news === null ? forApprover(mail) : forStaff(publicUrl, mail, mail.news);
}

/** In both languages. Of what is asked it says nothing: the page shows that. The secret stands behind the #, which no server on the way is told. */
function forPerson(publicUrl: string, token: string, { msp_name }: MailRow, link: NonNullable<MailRow['link']>) {
  const names = { msp: oneLine(msp_name), name: oneLine(link.technician), endpoint: oneLine(link.endpoint) };
  const minutes = Math.max(1, Math.round((Date.parse(link.until) - Date.now()) / 60_000));
  const [en, es] = [sayIn('en'), sayIn('es')];
  const text = [en, es].map(
    (say) => `${say('mail.link_asked', names)}\n\n${say('mail.link_open', { ...names, minutes })}\n`,
  );
  return {
    subject: en('mail.link_subject', names),
    text: `${text.join('\n')}\n${publicUrl}/answer#${token}\n\n-- \n${names.msp}\n`,
  };
}

function forStaff(publicUrl: string, { msp_name }: MailRow, news: NonNullable<MailRow['news']>) {
  const subject = oneLine(news.subject);
  const text = `${subject}\n\n${publicUrl}${news.link}\n\n-- \n${oneLine(msp_name)}\nChoose what is mailed to you: ${publicUrl}/account#notifications\n`;
  return { subject, text };
}

/** In both languages, as nobody knows which the approver reads; without a link, so that no mail teaches anybody to follow one to an approval. */
function forApprover({ msp_name, client_name }: MailRow) {
  const names = { msp: oneLine(msp_name), client: oneLine(client_name) };
  const [en, es] = [sayIn('en'), sayIn('es')];
  const text = [en, es].map((say) => `${say('mail.asked', names)}\n\n${say('mail.open', names)}\n`).join('\n');
  const subject = [en, es].map((say) => say('mail.subject', names)).join(' / ');
  return { subject, text: `${text}\n-- \n${names.msp}\n` };
}

/** A ticket's title is a stranger's words: nothing in it begins a header or a line of its own. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

function settle(
  pool: Pool,
  mspId: string,
  mail: MailRow,
  state: string,
  error: string | null,
  why: NotMailed | null = null,
): Promise<void> {
  return withTenant(pool, { mspId, clients: '*' }, async (tx) => {
    await tx.query(
      `update mail_outbox set state = $3, last_error = $4, next_try_at = now() + make_interval(secs => $5),
         sent_at = case when $3 = 'sent' then now() end
       where msp_id = $1 and id = $2`,
      [mspId, mail.id, state, error, Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** Math.min(mail.attempts - 1, 16))],
    );
    if (mail.link !== null) await linkSettled(tx, mspId, mail.link.id, why);
  });
}

/** The desk sees whether the link went out. */
async function linkSettled(tx: Tx, mspId: string, linkId: string, why: NotMailed | null): Promise<void> {
  const { rows } = await tx.query<{ s: string; a: string; c: string | null }>(
    `update approval_link l set mailed_at = case when $3::text is null then coalesce(l.mailed_at, now()) else l.mailed_at end, not_mailed_why = $3
     from approval_request a where l.msp_id = $1 and l.id = $2 and a.msp_id = l.msp_id and a.id = l.approval_id
     returning a.session_id as s, a.id as a, a.command_id as c`,
    [mspId, linkId, why && NOT_MAILED[why]],
  );
  for (const { s, a, c } of rows) await publish(tx, { k: 'approval', m: mspId, s, a, ...(c !== null && { c }) });
}

/** What a mail server says may hold the address, and is in the log and the queue. */
const NOT_MAILED = {
  refused: 'The mail server refused the mail for good. Check the contact’s address, or call.',
  'no server':
    'The program that sends mail has no mail server set, so none went out. Whoever runs this server sets SMTP_URL for the worker too.',
  stale: 'The mail could not be sent while the link was good. Send a new one.',
  late: MAIL_LATE,
};
type NotMailed = keyof typeof NOT_MAILED;
