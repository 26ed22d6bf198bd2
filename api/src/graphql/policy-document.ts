import type { PolicyDocument } from '@throughline/domain/policy/document';
import type { QuietHours } from '@throughline/domain/policy/quiet-hours';
import { builder } from './builder.ts';
import { PolicyMode, Risk } from './enums.ts';

export const QuietWindow = builder.objectRef<QuietHours['windows'][number]>('QuietWindow').implement({
  fields: (t) => ({
    days: t.intList({ description: 'the days it begins on, 1 for Monday to 7 for Sunday', resolve: (w) => w.days }),
    from: t.exposeString('from'),
    to: t.exposeString('to', { description: 'of the next day where it is not after from' }),
  }),
});
const QuietHoursType = builder.objectRef<QuietHours>('QuietHours').implement({
  description: 'Hours of the week in which nobody is asked: what would need an answer is refused.',
  fields: (t) => ({
    zone: t.exposeString('zone'),
    windows: t.field({ type: [QuietWindow], resolve: (hours) => hours.windows }),
  }),
});

const mode = (description?: string) =>
  ({ type: PolicyMode, nullable: true, ...(description === undefined ? {} : { description }) }) as const;
export const PolicyDocumentType = builder.objectRef<PolicyDocument>('PolicyDocument').implement({
  description: 'What one level lays down. Null: it says nothing about that.',
  fields: (t) => ({
    readOnly: t.field({ ...mode(), resolve: (d) => d.read_only }),
    change: t.field({ ...mode(), resolve: (d) => d.change }),
    destructive: t.field({ ...mode(), resolve: (d) => d.destructive }),
    otherIdentity: t.field({ ...mode('commands under another account'), resolve: (d) => d.other_identity }),
    riskFloor: t.field({ type: Risk, nullable: true, resolve: (d) => d.riskFloor }),
    approvalTimeoutSeconds: t.float({
      nullable: true,
      resolve: (d) => (d.approvalTimeoutMs === undefined ? null : d.approvalTimeoutMs / 1000),
    }),
    quietHours: t.field({ type: QuietHoursType, nullable: true, resolve: (d) => d.quietHours }),
    nobodySignedIn: t.field({ ...mode('ask or refuse'), resolve: (d) => d.nobodySignedIn }),
    severalPeople: t.field({ ...mode('ask or refuse'), resolve: (d) => d.severalPeople }),
    lockedScreen: t.field({ ...mode('ask or refuse'), resolve: (d) => d.lockedScreen }),
    strong: t.boolean({
      nullable: true,
      description: 'true: every command waits for a named approver’s passkey',
      resolve: (d) => d.strong,
    }),
  }),
});

export const QuietWindowInput = builder.inputType('QuietWindowInput', {
  fields: (t) => ({
    days: t.intList({ required: true }),
    from: t.string({ required: true }),
    to: t.string({ required: true }),
  }),
});
const QuietHoursInput = builder.inputType('QuietHoursInput', {
  fields: (t) => ({
    zone: t.string({ required: true }),
    windows: t.field({ type: [QuietWindowInput], required: true }),
  }),
});
export const PolicyDocumentInput = builder.inputType('PolicyDocumentInput', {
  description:
    'What is left out is left to the other levels. run may stand for readOnly only: the rest never runs without a yes of its own.',
  fields: (t) => ({
    readOnly: t.field({ type: PolicyMode }),
    change: t.field({ type: PolicyMode }),
    destructive: t.field({ type: PolicyMode }),
    otherIdentity: t.field({ type: PolicyMode }),
    riskFloor: t.field({ type: Risk }),
    approvalTimeoutSeconds: t.float(),
    quietHours: t.field({ type: QuietHoursInput }),
    nobodySignedIn: t.field({ type: PolicyMode }),
    severalPeople: t.field({ type: PolicyMode }),
    lockedScreen: t.field({ type: PolicyMode }),
    strong: t.boolean(),
  }),
});

/** As the domain spells it, still to be checked. */
export function spelled(input: typeof PolicyDocumentInput.$inferInput): Record<string, unknown> {
  const { readOnly, otherIdentity, approvalTimeoutSeconds, strong, ...rest } = input;
  const all = {
    ...rest,
    read_only: readOnly,
    other_identity: otherIdentity,
    // Only on can be said: off is what holds where nobody says anything.
    strong: strong === true ? true : null,
    approvalTimeoutMs: approvalTimeoutSeconds == null ? null : approvalTimeoutSeconds * 1000,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value != null));
}
