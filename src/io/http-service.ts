/** Web services that judge conversations. */
import { ArenaError } from '../core/errors.js';
import type { OutsideServices } from '../core/outside-services.js';
import { callService } from './bounded-http.js';

/** A verdict is a few hundred bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export const callHttp: OutsideServices['http'] = async ({ url, method, headers, body, timeoutMs }, { signal }) => {
  if (!URL.canParse(url)) throw new ArenaError({ code: 'invalid_input', message: 'the address cannot be read' });
  const call = { url: new URL(url), method, headers, body, timeoutMs, maxBytes: MAX_ANSWER_BYTES };
  const answer = await callService(call, signal);
  return { status: answer.status, body: answer.body.toString('utf8') };
};
