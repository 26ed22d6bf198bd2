import { type DestinationStream, destination, pino } from 'pino';

/** One line to the person at the terminal, the same with its ids to the log file. Never output bytes, never secrets. */
export interface Log {
  info: (message: string, fields?: Record<string, unknown>) => void;
  warn: (message: string, fields?: Record<string, unknown>) => void;
  error: (message: string, fields?: Record<string, unknown>) => void;
}

export function fileAndTerminalLog(path: string): Log {
  const stream: DestinationStream = destination({ dest: path, append: true, mode: 0o600, sync: true });
  const file = pino({ base: { pid: process.pid } }, stream);
  // A service may be started with its terminal closed: writing there must never end the runtime.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const say = (sign: string, message: string) => process.stdout.write(`${time()} ${sign} ${message}\n`);
  return {
    info: (message, fields = {}) => (file.info(fields, message), say(' ', message)),
    warn: (message, fields = {}) => (file.warn(fields, message), say('!', message)),
    error: (message, fields = {}) => (file.error(fields, message), say('✗', message)),
  };
}

const time = () => new Date().toTimeString().slice(0, 8);
