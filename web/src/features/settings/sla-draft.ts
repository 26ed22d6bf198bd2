import type {
  SlaDocumentInput,
  SlaPauseReason,
  SlaPolicyFieldsFragment,
  SlaTold,
} from '../../graphql/generated/operations.ts';
import type { QuietWindow } from './policy-draft.ts';

/* An SLA policy as the form holds it: the empty text stands for "not set here". */

export const LIMITS = ['responseMinutes', 'consentWaitMinutes', 'resolutionMinutes'] as const;
export type Limit = (typeof LIMITS)[number];
export const limitWords: Record<Limit, string> = {
  responseMinutes: 'First response',
  consentWaitMinutes: 'Wait for approval',
  resolutionMinutes: 'Completion',
};
export const TELLS = ['tellWarn', 'tellBreach', 'tellEscalate'] as const;
export type Tell = (typeof TELLS)[number];
export const tellWords: Record<Tell, string> = {
  tellWarn: 'Told of a warning',
  tellBreach: 'Told of a breach',
  tellEscalate: 'Told of an escalation',
};
export const toldWords: Record<SlaTold, string> = {
  assignee: 'The assignee',
  senior: 'Seniors',
  dispatcher: 'Dispatchers',
  manager: 'Managers',
};

export const PAUSES = {
  never: [],
  approval: ['approval'],
  client: ['client'],
  both: ['approval', 'client'],
} as const satisfies Record<string, readonly SlaPauseReason[]>;
export type PauseChoice = keyof typeof PAUSES;
export const pauseWords: Record<PauseChoice, string> = {
  never: 'Never',
  approval: 'While an answer at the endpoint is waited for',
  client: 'While a session is on hold for the client',
  both: 'While either is waited for',
};
const pauseChoice = (reasons: readonly SlaPauseReason[]): PauseChoice =>
  reasons.length === 2 ? 'both' : (reasons[0] ?? 'never');

export interface SlaDraft {
  normal: Record<Limit, string>;
  urgent: Record<Limit, string>;
  service: '' | 'always' | 'hours';
  zone: string;
  windows: QuietWindow[];
  /** Dates, with anything between them. */
  holidays: string;
  warnPercent: string;
  escalateAfterMinutes: string;
  acceptWithinMinutes: string;
  /** For what clocks stand still. */
  pauseWhile: '' | PauseChoice;
  /** Nobody chosen: left to the other levels. */
  tells: Record<Tell, SlaTold[]>;
}

export const OFFICE: QuietWindow = { days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' };
const text = (value: number | null): string => (value === null ? '' : String(value));

export function slaDraftOf({ document: d }: Pick<SlaPolicyFieldsFragment, 'document'>, zone: string): SlaDraft {
  const limits = (of: typeof d.normal) =>
    Object.fromEntries(LIMITS.map((limit) => [limit, text(of[limit])])) as Record<Limit, string>;
  const windows = d.hours === null || d.hours.roundTheClock ? [OFFICE] : d.hours.windows;
  return {
    normal: limits(d.normal),
    urgent: limits(d.urgent),
    service: d.hours === null ? '' : d.hours.roundTheClock ? 'always' : 'hours',
    zone: d.hours?.zone ?? zone,
    // Midnight at the end of a day is the next day's 00:00, which a time field can show.
    windows: windows.map((w) => ({ ...w, days: [...w.days], to: w.to === '24:00' ? '00:00' : w.to })),
    holidays: (d.hours?.holidays ?? []).join('\n'),
    warnPercent: text(d.warnPercent),
    escalateAfterMinutes: text(d.escalateAfterMinutes),
    acceptWithinMinutes: text(d.acceptWithinMinutes),
    pauseWhile: d.pauseWhile === null ? '' : pauseChoice(d.pauseWhile),
    tells: { tellWarn: d.tellWarn ?? [], tellBreach: d.tellBreach ?? [], tellEscalate: d.tellEscalate ?? [] },
  };
}

export function slaDocumentOf(draft: SlaDraft): SlaDocumentInput {
  const number = (name: string, value: string) => (String(value).trim() === '' ? {} : { [name]: Number(value) });
  const limits = (of: Record<Limit, string>) => Object.assign({}, ...LIMITS.map((limit) => number(limit, of[limit])));
  const { service, zone, windows, holidays } = draft;
  const dates = holidays.split(/[\s,;]+/).filter((date) => date !== '');
  const hours = { zone: zone.trim(), roundTheClock: service === 'always' };
  return {
    normal: limits(draft.normal),
    urgent: limits(draft.urgent),
    ...(service === '' ? {} : { hours: { ...hours, windows: hours.roundTheClock ? [] : windows, holidays: dates } }),
    ...number('warnPercent', draft.warnPercent),
    ...number('escalateAfterMinutes', draft.escalateAfterMinutes),
    ...number('acceptWithinMinutes', draft.acceptWithinMinutes),
    ...(draft.pauseWhile === '' ? {} : { pauseWhile: [...PAUSES[draft.pauseWhile]] }),
    ...Object.fromEntries(TELLS.flatMap((tell) => (draft.tells[tell].length > 0 ? [[tell, draft.tells[tell]]] : []))),
  };
}
