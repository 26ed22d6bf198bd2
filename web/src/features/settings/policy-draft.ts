import type {
  PolicyDocumentInput,
  PolicyFieldsFragment,
  PolicyMode,
  PolicySource,
  Risk,
} from '../../graphql/generated/operations.ts';

/* A policy as the form holds it: the empty text stands for "not set here". */

export type ModeField =
  'readOnly' | 'change' | 'destructive' | 'otherIdentity' | 'nobodySignedIn' | 'severalPeople' | 'lockedScreen';
export interface QuietWindow {
  days: number[];
  from: string;
  to: string;
}
export type PolicyDraft = Record<ModeField, PolicyMode | ''> & {
  riskFloor: Risk | '';
  waitMinutes: string;
  strong: boolean;
  quiet: boolean;
  zone: string;
  windows: QuietWindow[];
};

/** Whose policy: none of the ids stands for the organisation. */
export interface SubjectIds {
  groupId?: string;
  clientId?: string;
  endpointId?: string;
}

export const NEW_WINDOW: QuietWindow = { days: [1, 2, 3, 4, 5], from: '18:00', to: '08:00' };

export function draftOf({ document: d }: Pick<PolicyFieldsFragment, 'document'>, zone: string): PolicyDraft {
  return {
    readOnly: d.readOnly ?? '',
    change: d.change ?? '',
    destructive: d.destructive ?? '',
    otherIdentity: d.otherIdentity ?? '',
    nobodySignedIn: d.nobodySignedIn ?? '',
    severalPeople: d.severalPeople ?? '',
    lockedScreen: d.lockedScreen ?? '',
    riskFloor: d.riskFloor ?? '',
    waitMinutes: d.approvalTimeoutSeconds === null ? '' : String(d.approvalTimeoutSeconds / 60),
    strong: d.strong === true,
    quiet: d.quietHours !== null,
    zone: d.quietHours?.zone ?? zone,
    windows: (d.quietHours?.windows ?? [NEW_WINDOW]).map((w) => ({ ...w, days: [...w.days] })),
  };
}

export function documentOf(draft: PolicyDraft): PolicyDocumentInput {
  const { waitMinutes, strong, quiet, zone, windows, ...choices } = draft;
  const minutes = Number(waitMinutes);
  return {
    ...Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== '')),
    ...(String(waitMinutes).trim() === '' ? {} : { approvalTimeoutSeconds: Math.round(minutes * 60) }),
    ...(strong ? { strong } : {}),
    ...(quiet ? { quietHours: { zone: zone.trim(), windows } } : {}),
  };
}

/** The levels above that say something other than unattended of this class, in words: while they do, “Run unattended” has no effect. */
export const stoppedBy = (above: PolicyFieldsFragment['above'], field: ModeField): string[] =>
  above.flatMap(({ level, name, version, document }) => {
    const says = (document as Partial<Record<ModeField, PolicyMode | null>>)[field] ?? null;
    if (says === null || says === 'unattended') return [];
    return [`${levelWords[level]} ${name} says “${modeWords[says]}” (version ${version})`];
  });

/** From the loosest to the strictest. */
const STRICTNESS: readonly PolicyMode[] = ['unattended', 'run', 'ask', 'ask_approver', 'refuse'];
const MOST_NAMED = 3;

/** What lies within and says something else of this class, in words: where it is stricter than what is chosen here it counts, else this does. */
export function saidBelow(
  below: PolicyFieldsFragment['below'],
  field: ModeField,
  chosen: PolicyMode | '',
): { stricter: string | null; overridden: string | null } {
  const here = chosen === '' ? -1 : STRICTNESS.indexOf(chosen);
  const others = below.flatMap(({ level, name, document }) => {
    const says = (document as Partial<Record<ModeField, PolicyMode | null>>)[field] ?? null;
    if (says === null || says === chosen) return [];
    return [{ text: `${levelWords[level]} ${name} “${modeWords[says]}”`, stricter: STRICTNESS.indexOf(says) > here }];
  });
  const named = (stricter: boolean): string | null => {
    const all = others.filter((each) => each.stricter === stricter).map(({ text }) => text);
    if (here < 0 || all.length === 0) return null;
    return (
      all.slice(0, MOST_NAMED).join(', ') + (all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : '')
    );
  };
  return { stricter: named(true), overridden: named(false) };
}

export const levelWords: Record<PolicySource, string> = {
  organisation: 'Organisation',
  client_group: 'Client group',
  client: 'Client',
  endpoint: 'Endpoint',
  built_in: 'Built in',
};

export const modeWords: Record<PolicyMode, string> = {
  unattended: 'Run unattended',
  run: 'Run at once',
  ask: 'Ask first',
  ask_approver: 'Ask a named approver',
  refuse: 'Refuse',
};
