import type { CommandState } from './command.ts';
import type { TranscriptEntry } from './entry.ts';

/** One line of a briefing and the entry it is taken from. */
export interface BriefingLine {
  seq: number;
  text: string;
}

/** What the next technician needs to know. An empty section means that there is none. */
export interface Briefing {
  tried: BriefingLine[];
  failed: BriefingLine[];
  pending: BriefingLine[];
  ruledOut: BriefingLine[];
  next: BriefingLine[];
}

type Entry = Pick<TranscriptEntry, 'seq' | 'kind' | 'payload'>;
type Of<K extends TranscriptEntry['kind']> = TranscriptEntry<K>['payload'];

const DONE: ReadonlySet<CommandState> = new Set(['completed']);
/** Nobody carried these out: the person said no, the policy did, or it was called off. */
const NOT_DONE: ReadonlySet<CommandState> = new Set(['denied', 'refused', 'cancelled', 'expired_unsent']);
const MARKED = /^\s*(ruled out|next)\s*[:：]\s*(.+)$/i;
const LONGEST = 200;

/**
 * A briefing read out of the record by plain rules, the same every time: a command's verdict decides its section; a line of a message that
 * begins with "Ruled out:" or "Next:" goes where it says; so does the reason of the last hand-over. A flag is pending until a
 * senior confirms it, and until then what they last said to do instead comes next.
 */
export function briefingOf(entries: readonly Entry[]): Briefing {
  const briefing: Briefing = { tried: [], failed: [], pending: [], ruledOut: [], next: [] };
  const scripts = new Map<string, { seq: number; script: string }>();
  const open = new Map<string, BriefingLine>();
  const waiting = new Map<string, BriefingLine>();
  const flags = new Map<string, BriefingLine>();
  const redirects = new Map<string, BriefingLine>();
  let handOver: BriefingLine | null = null;
  for (const { seq, kind, payload } of entries) {
    switch (kind) {
      case 'command_proposed': {
        const p = payload as Of<'command_proposed'>;
        const script = oneLine(p.spec.script);
        scripts.set(p.commandId, { seq, script });
        open.set(p.commandId, { seq, text: `${script}, not ended yet` });
        break;
      }
      case 'command_verdict': {
        const p = payload as Of<'command_verdict'>;
        const script = scripts.get(p.commandId)?.script ?? 'a command';
        open.delete(p.commandId);
        const text = `${script}: ${p.words === '' ? p.state.replaceAll('_', ' ') : oneLine(p.words)}`;
        if (DONE.has(p.state)) briefing.tried.push({ seq, text: script });
        else if (NOT_DONE.has(p.state)) briefing.ruledOut.push({ seq, text });
        else briefing.failed.push({ seq, text });
        break;
      }
      case 'command_policy': {
        const p = payload as Of<'command_policy'>;
        if (p.verdict !== 'refuse') break;
        open.delete(p.commandId);
        const script = scripts.get(p.commandId)?.script ?? 'a command';
        briefing.ruledOut.push({ seq, text: `${script}: ${oneLine(p.words)}` });
        break;
      }
      case 'approval_requested': {
        const p = payload as Of<'approval_requested'>;
        const what = p.commandId === null ? 'Consent to the session' : (scripts.get(p.commandId)?.script ?? p.title);
        waiting.set(p.approvalId, { seq, text: `${what}: waits for the person at the device` });
        if (p.commandId !== null) open.delete(p.commandId);
        break;
      }
      case 'approval_decided':
      case 'approval_ended': {
        const p = payload as Of<'approval_decided'> | Of<'approval_ended'>;
        waiting.delete(p.approvalId);
        const proposed = p.commandId === null ? undefined : scripts.get(p.commandId);
        if (proposed !== undefined && p.commandId !== null && 'decision' in p && p.decision === 'approve')
          open.set(p.commandId, { seq: proposed.seq, text: `${proposed.script}, not ended yet` });
        break;
      }
      case 'unattended_allowed':
        waiting.delete((payload as Of<'unattended_allowed'>).approvalId);
        break;
      case 'message':
        for (const line of (payload as Of<'message'>).text.split('\n')) {
          const found = MARKED.exec(line);
          if (found?.[1] === undefined || found[2] === undefined) continue;
          const section = found[1].toLowerCase() === 'next' ? briefing.next : briefing.ruledOut;
          section.push({ seq, text: oneLine(found[2]) });
        }
        break;
      case 'flagged': {
        const p = payload as Of<'flagged'>;
        flags.set(p.flagId, { seq, text: `Flag for a senior: ${oneLine(p.note)}` });
        break;
      }
      case 'flag_reviewed': {
        const p = payload as Of<'flag_reviewed'>;
        redirects.delete(p.flagId);
        if (p.verdict === 'confirm') flags.delete(p.flagId);
        else redirects.set(p.flagId, { seq, text: oneLine(p.note) });
        break;
      }
      case 'assigned':
      case 'escalated': {
        const { reason } = payload as Of<'assigned'> | Of<'escalated'>;
        if (reason.trim() !== '') handOver = { seq, text: oneLine(reason) };
        break;
      }
      case 'completed':
        open.clear();
        waiting.clear();
        break;
      default:
    }
  }
  briefing.pending = [...waiting.values(), ...open.values(), ...flags.values()].sort((a, b) => a.seq - b.seq);
  briefing.next = [...briefing.next, ...redirects.values()].sort((a, b) => a.seq - b.seq);
  if (handOver !== null && !briefing.next.some(({ seq }) => seq === handOver?.seq)) briefing.next.push(handOver);
  return briefing;
}

function oneLine(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
