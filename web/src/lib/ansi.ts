import { visibleControls } from './bytes.ts';

/* Terminal text is hostile: everything is escaped, colours become classes of our own, and nothing else gets through. */

/** Links (OSC 8), titles and other operating-system commands, and the private string sequences: dropped from the view. */
// eslint-disable-next-line no-control-regex
const STRINGS = /\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\|$)/g;
/** Cursor movement, clearing and modes: any CSI sequence that is not a colour. */
// eslint-disable-next-line no-control-regex
const MOVES = /\u001b\[[0-9;:?<=>]*[ -/]*[@-ln-~]/g;
/** Two-character escapes such as "reset". */
// eslint-disable-next-line no-control-regex
const SHORT = /\u001b[ -/]*[0-Z\\^-~]/g;

/** 256 and true colours would ignore the theme and could hide text on its own ground; the sixteen named ones are ours. */
// eslint-disable-next-line no-control-regex
const COLOURS = /\u001b\[([0-9;:]*)m/g;
const themedOnly = (_: string, parameters: string): string =>
  `\u001b[${parameters.replace(/(?:^|[;:])[345]8[;:](?:5[;:]\d+|2(?:[;:]\d*){3,4})/g, '').replace(/^[;:]+/, '')}m`;

/** Colours only: everything a terminal would do besides printing is taken out. */
export const harmless = (text: string): string =>
  visibleControls(text.replace(STRINGS, '').replace(MOVES, '').replace(SHORT, '').replace(COLOURS, themedOnly));
