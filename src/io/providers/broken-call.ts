/** Why a call ended without a whole answer. */
import { errors } from 'undici';
import { ArenaError } from '../../core/errors.js';
import { describeConnectionError } from '../connection-error.js';
import type { Connections } from './connections.js';

/** An answer that began and then stopped: other than a call that was slow, it may be worth another try at once. */
export class SilentAnswer extends ArenaError {}

export function timeout(message: string): ArenaError {
  const hint = 'raise request_timeout of the provider, or the time limit of calls of the job';
  return new ArenaError({ code: 'call_timeout', message, hint });
}

/** Without the error as its cause: that may hold what the other side sent, and a key that it repeats. */
export function connectionFailure(error: unknown, status: number, { proxy }: Connections): ArenaError {
  const { detail, hint: known } = describeConnectionError(error);
  if (status > 0) {
    const message = `The connection broke in the middle of the answer (${detail}).`;
    return new ArenaError({ code: 'stream_cut', message, status });
  }
  if (error instanceof errors.InvalidArgumentError) {
    const message = `The request cannot be sent: ${error.message}.`;
    return new ArenaError({ code: 'invalid_input', message, hint: 'check headers and base_url of the provider' });
  }
  const check =
    proxy === undefined
      ? 'check base_url of the provider and that the service is up'
      : `check base_url of the provider, and the proxy that the variable ${proxy.variable} names`;
  const hint = known ?? check;
  const message = `The service cannot be reached (${detail}).`;
  return new ArenaError({ code: 'connection_failed', message, hint });
}
