import { PAUSE_REASONS, TOLD } from '@throughline/domain/sla';
import type { SlaDocument } from '@throughline/domain/sla/document';
import type { BusinessHours } from '@throughline/domain/sla/hours';
import { hoursOf, windowsOf } from '@throughline/domain/sla/windows';
import { builder } from './builder.ts';
import { QuietWindow, QuietWindowInput } from './policy-document.ts';

export const SlaTold = builder.enumType('SlaTold', {
  description: 'the assignee of the session, or everybody of a role',
  values: TOLD,
});

export const SlaPauseReason = builder.enumType('SlaPauseReason', {
  description: 'an answer at the endpoint is waited for, or the session is on hold for the client',
  values: PAUSE_REASONS,
});

type Targets = NonNullable<SlaDocument['normal']>;
const SlaTargets = builder.objectRef<Targets>('SlaTargets').implement({
  description: 'Limits in business minutes. Null: this level says nothing about that.',
  fields: (t) => ({
    responseMinutes: t.float({ nullable: true, resolve: (of) => of.response }),
    consentWaitMinutes: t.float({ nullable: true, resolve: (of) => of.consent_wait }),
    resolutionMinutes: t.float({ nullable: true, resolve: (of) => of.resolution }),
  }),
});
const SlaHours = builder.objectRef<BusinessHours>('SlaHours').implement({
  fields: (t) => ({
    zone: t.exposeString('zone'),
    roundTheClock: t.boolean({ resolve: ({ hours }) => hours === null }),
    windows: t.field({
      type: [QuietWindow],
      description: 'when there is service; none where it is round the clock',
      resolve: ({ hours }) => (hours === null ? [] : windowsOf(hours)),
    }),
    holidays: t.exposeStringList('holidays', { description: 'dates, YYYY-MM-DD' }),
  }),
});
export const SlaDocumentType = builder.objectRef<SlaDocument>('SlaDocument').implement({
  description: 'What one level lays down of what clients are promised. Null: it leaves that to the levels above.',
  fields: (t) => ({
    normal: t.field({ type: SlaTargets, resolve: (d) => d.normal ?? {} }),
    urgent: t.field({ type: SlaTargets, resolve: (d) => d.urgent ?? {} }),
    hours: t.field({ type: SlaHours, nullable: true, resolve: (d) => d.hours }),
    warnPercent: t.int({ nullable: true, description: 'of the limit', resolve: (d) => d.warnPercent }),
    escalateAfterMinutes: t.float({
      nullable: true,
      description: 'business minutes past the limit',
      resolve: (d) => d.escalateAfterMinutes,
    }),
    acceptWithinMinutes: t.float({
      nullable: true,
      description:
        'business minutes in which whoever was given a session takes it up, before it goes back into the queue',
      resolve: (d) => d.acceptWithinMinutes,
    }),
    pauseWhile: t.field({
      type: [SlaPauseReason],
      nullable: true,
      description: 'For what clocks stand still; none: for nothing.',
      resolve: (d) => d.pauseWhile,
    }),
    tellWarn: t.field({ type: [SlaTold], nullable: true, resolve: (d) => d.tellWarn }),
    tellBreach: t.field({ type: [SlaTold], nullable: true, resolve: (d) => d.tellBreach }),
    tellEscalate: t.field({ type: [SlaTold], nullable: true, resolve: (d) => d.tellEscalate }),
  }),
});

const SlaTargetsInput = builder.inputType('SlaTargetsInput', {
  fields: (t) => ({ responseMinutes: t.float(), consentWaitMinutes: t.float(), resolutionMinutes: t.float() }),
});
const SlaHoursInput = builder.inputType('SlaHoursInput', {
  fields: (t) => ({
    zone: t.string({ required: true }),
    roundTheClock: t.boolean({ required: true }),
    windows: t.field({ type: [QuietWindowInput], required: true, description: 'none where it is round the clock' }),
    holidays: t.stringList({ required: true }),
  }),
});
export const SlaDocumentInput = builder.inputType('SlaDocumentInput', {
  description: 'What is left out is left to the levels above.',
  fields: (t) => ({
    normal: t.field({ type: SlaTargetsInput }),
    urgent: t.field({ type: SlaTargetsInput }),
    hours: t.field({ type: SlaHoursInput }),
    warnPercent: t.float(),
    escalateAfterMinutes: t.float(),
    acceptWithinMinutes: t.float(),
    pauseWhile: t.field({ type: [SlaPauseReason] }),
    tellWarn: t.field({ type: [SlaTold] }),
    tellBreach: t.field({ type: [SlaTold] }),
    tellEscalate: t.field({ type: [SlaTold] }),
  }),
});

/** As the domain spells it, still to be checked. */
export function spelledSla(input: typeof SlaDocumentInput.$inferInput): Record<string, unknown> {
  const { normal, urgent, hours, ...rest } = input;
  return said({ ...rest, normal: targets(normal), urgent: targets(urgent), hours: businessHours(hours) });
}

function targets(input: typeof SlaTargetsInput.$inferInput | null | undefined): Record<string, unknown> | null {
  if (input == null) return null;
  const { responseMinutes, consentWaitMinutes, resolutionMinutes } = input;
  const all = said({ response: responseMinutes, consent_wait: consentWaitMinutes, resolution: resolutionMinutes });
  return Object.keys(all).length === 0 ? null : all;
}

function businessHours(input: typeof SlaHoursInput.$inferInput | null | undefined): Record<string, unknown> | null {
  if (input == null) return null;
  const { zone, roundTheClock, windows, holidays } = input;
  return { zone, hours: roundTheClock ? null : hoursOf(windows), holidays };
}

const said = (all: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value != null));
