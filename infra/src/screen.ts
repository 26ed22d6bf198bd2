/** What `npm start` writes to the terminal: progress by part, then one calm block. */
export interface Screen {
  /** One line about one part. */
  part(name: string, line: string): void;
  /** The block that stays: where to go and what to do first. */
  ready(block: ReadyBlock): void;
}

/** Everything the person who started it needs to know. */
export interface ReadyBlock {
  seconds: number;
  url: string;
  /** Null once an admin exists. */
  setupUrl: string | null;
  dataDir: string;
  search: string;
}

/** Plain text without colours when the output is not a terminal or NO_COLOR is set. */
export function createScreen(out: NodeJS.WriteStream): Screen {
  const coloured = out.isTTY && !process.env.NO_COLOR;
  const bold = (text: string): string => (coloured ? `\u001b[1m${text}\u001b[22m` : text);
  const dim = (text: string): string => (coloured ? `\u001b[2m${text}\u001b[22m` : text);
  const row = (label: string, text: string): string => `  ${dim(label.padEnd(14))}${text}`;
  return {
    part: (name, line) => void out.write(`  ${dim(name.padEnd(10))}${line}\n`),
    ready(block) {
      const lines = [
        '',
        `  ${bold('Throughline')} is ready in ${block.seconds.toFixed(1)} s`,
        '',
        row('Open', bold(block.url)),
      ];
      if (block.setupUrl) {
        lines.push(row('First admin', bold(block.setupUrl)), row('', dim('works once; it makes the first account')));
      }
      lines.push(
        row('Enrol a PC', 'sign in, Endpoints, Enrol: it shows the command to run on that machine'),
        row('', dim('or: npm run cli -- enroll-token --help')),
        row('Search', block.search),
        row('Data', block.dataDir),
        '',
        `  ${dim('Ctrl+C stops everything. The data stays.')}`,
        '',
      );
      out.write(`${lines.join('\n')}\n`);
    },
  };
}
