/** The parameters of a check as records and reports show them. */
import type { JsonValue } from '../../core/conversation.js';
import { isObject } from '../json.js';

type WrittenParams = { [name: string]: JsonValue };

/** Checks that send headers and tokens of the author's. */
const SENDS_SECRETS: ReadonlySet<string> = new Set(['rest_eval', 'rest_eval_session', 'a2a_eval', 'a2a_eval_session']);

/** Without the values of headers and tokens; those that name an environment variable stay, they give nothing away. */
export function recordedParams(type: string, params: WrittenParams): WrittenParams {
  const { eval_type: inner, eval_params: innerParams } = params;
  if (typeof inner === 'string' && isObject(innerParams)) {
    return { ...params, eval_params: recordedParams(inner, innerParams) };
  }
  if (!SENDS_SECRETS.has(type)) return params;
  const { headers, auth_token: token } = params;
  const shown: WrittenParams = { ...params };
  if (isObject(headers)) {
    shown.headers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, hidden(value)]));
  }
  if (token !== undefined) shown.auth_token = hidden(token);
  return shown;
}

/** A scheme of authorization may stand before the variable. */
const NAMES_A_VARIABLE = /^(?:\w+ )?\$\{\w+\}$/;

const hidden = (value: JsonValue): JsonValue =>
  typeof value === 'string' && NAMES_A_VARIABLE.test(value) ? value : '***';
