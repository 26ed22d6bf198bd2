import { LINK_GAP_MS } from '@throughline/domain/approval-link';
import type { ApprovalRow } from '@throughline/store/approval-store';
import {
  type ApprovalLinkRow,
  type AskedPerson,
  MAIL_LATE,
  askedPeople,
  newestLinks,
} from '@throughline/store/approval-link-store';
import DataLoader from 'dataloader';
import { linkHindrance } from '../sessions/approval-link.ts';
import { builder } from './builder.ts';
import { type Context, reading, viewerOf } from './context.ts';
import { ApprovalRequest } from './refs.ts';

interface LinkView {
  person: AskedPerson | undefined;
  link: ApprovalLinkRow | undefined;
  hindrance: string | null;
}

const isLate = (link: ApprovalLinkRow | undefined): boolean => link?.not_mailed_why === MAIL_LATE;

const ApprovalLink = builder.objectRef<LinkView>('ApprovalLink').implement({
  description: 'How the person who is asked may answer on a phone. The link itself no staff ever sees.',
  fields: (t) => ({
    to: t.string({ resolve: ({ person }) => person?.name ?? '', description: 'the client’s contact, whom it goes to' }),
    hindrance: t.string({
      nullable: true,
      resolve: ({ hindrance }) => hindrance,
      description: 'why none can be sent now; null: one can',
    }),
    allowedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ link }) => (link === undefined ? null : link.created_at.getTime() + LINK_GAP_MS),
      description: 'when the next may be sent',
    }),
    askedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ link }) => link?.created_at ?? null,
      description: 'when the last one was asked for; null: none was',
    }),
    mailedAt: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ link }) => link?.mailed_at ?? null,
      description: 'when the mail server took it',
    }),
    openedAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ link }) => link?.opened_at ?? null }),
    expiresAt: t.field({ type: 'DateTime', nullable: true, resolve: ({ link }) => link?.expires_at ?? null }),
    fault: t.string({
      nullable: true,
      resolve: ({ link }) => link?.refused_why ?? (isLate(link) ? null : link?.not_mailed_why) ?? null,
      description: 'why it came to nothing: not mailed, or its answer did not count',
    }),
    late: t.string({
      nullable: true,
      resolve: ({ link }) => (isLate(link) ? MAIL_LATE : null),
      description: 'why the mail is not out yet, though it may still go; null: nothing is known to hold it up',
    }),
  }),
});

builder.objectField(ApprovalRequest, 'link', (t) =>
  t.field({
    type: ApprovalLink,
    nullable: true,
    description: 'a link for the person’s phone; null once nothing waits any more',
    resolve: async (row, _args, context) => {
      if (row.state !== 'waiting') return null;
      const { person, link } = await loaderOf(context).load(row.id);
      return { person, link, hindrance: linkHindrance(row, person, context.deps.mails) };
    },
  }),
);

/** One look for all requests of a board. */
const loaders = new WeakMap<Context, DataLoader<ApprovalRow['id'], Omit<LinkView, 'hindrance'>>>();

function loaderOf(context: Context): DataLoader<string, Omit<LinkView, 'hindrance'>> {
  const known = loaders.get(context);
  if (known !== undefined) return known;
  const { mspId } = viewerOf(context);
  const loader = new DataLoader<string, Omit<LinkView, 'hindrance'>>(
    async (ids) => {
      const [people, links] = await reading(context, async (tx) => [
        await askedPeople(tx, mspId, ids),
        await newestLinks(tx, mspId, ids),
      ]);
      return ids.map((id) => ({ person: people.get(id), link: links.get(id) }));
    },
    // A subscription's context lives long, and links come and go.
    { cache: false },
  );
  loaders.set(context, loader);
  return loader;
}
