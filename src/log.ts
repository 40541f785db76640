import { type Logger, pino } from 'pino';
import type { LogLevel } from './config.js';

export type Log = Logger;

/** Keys whose values never reach a log, wherever a caller puts them (two levels deep). */
const SECRET_KEYS = ['authorization', 'apiKey', 'api_key', 'password', 'token', 'secret'];

/**
 * JSON lines on stderr: stdout belongs to results. Written at once, so that the last line before a crash is not lost.
 */
export function createLog(name: string, level: LogLevel): Log {
  const redact = { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '[secret]' };
  return pino({ name, level, redact }, pino.destination({ dest: 2, sync: true }));
}
