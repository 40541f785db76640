/** Checks by a service or an agent of the author's own, which gets the conversation and answers like a judge. */
import type { JsonValue } from '../../core/conversation.js';
import { parseDurationMs } from '../../core/duration.js';
import { ArenaError } from '../../core/errors.js';
import type { OutsideServices } from '../../core/outside-services.js';
import { Secrets } from '../../core/secrets.js';
import {
  type CheckFactory,
  type CheckOutside,
  type Finding,
  fail,
  flag,
  optionalObject,
  optionalText,
  ParameterFault,
  type Params,
  text,
} from './check.js';
import { graded, standardsOf, transcriptOf } from './judge-checks.js';
import { readVerdict } from './judge-verdict.js';
import type { ConversationView } from './view.js';

const METHODS = ['POST', 'PUT', 'PATCH', 'GET'];
const REST_TIMEOUT_MS = 30_000;
const AGENT_TIMEOUT_MS = 60_000;

/** A token of RFC 9110. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

type Report = (view: ConversationView, outside: CheckOutside) => string;

/** What the service gets to see. */
function reportOf(params: Params, wholeConversation: boolean): Report {
  const includeMessages = flag(params, 'include_messages', true);
  const includeCalls = flag(params, 'include_tool_calls', false);
  const standards = Object.fromEntries(standardsOf(params).map(({ name, text: words }) => [name, words]));
  const { extra } = params;
  return (view, { scenario }) => {
    const report: { [key: string]: unknown } = { scenario, ...standards };
    if (wholeConversation) report.conversation = transcriptOf(view);
    else report.response = view.last;
    if (includeMessages) report.messages = view.messages.map(({ role, content }) => ({ role, content }));
    if (includeCalls) {
      report.tool_calls = view.calls.map(({ name, args, result, error }) => ({ name, arguments: args, result, error }));
    }
    if (extra !== undefined) report.extra = extra;
    return JSON.stringify(report);
  };
}

function addressOf(params: Params, name: string): string {
  const url = text(params, name);
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol === 'http:' || protocol === 'https:') return url;
  throw new ParameterFault(`parameter "${name}" must be an address that begins with http:// or https://`);
}

/** A duration such as 30s, or a number of seconds. */
function timeoutOf(params: Params, otherwise: number): number {
  const written = params.timeout ?? undefined;
  if (written === undefined) return otherwise;
  const ms = typeof written === 'number' ? written * 1000 : parseDurationMs(String(written));
  if (ms !== undefined && Number.isFinite(ms) && ms > 0) return ms;
  throw new ParameterFault('parameter "timeout" must be a duration such as 30s');
}

function headersOf(params: Params): [string, string][] {
  return Object.entries(optionalObject(params, 'headers') ?? {}).map(([name, value]) => {
    if (!HEADER_NAME.test(name)) throw new ParameterFault(`"${name}" is not the name of a header`);
    if (typeof value === 'object') throw new ParameterFault(`header "${name}" must be a text`);
    return [name, String(value)];
  });
}

/** A header with its variables filled in. Throws an `ArenaError` when one is not to be had. */
function fill(secrets: Secrets, template: string, use: string): string {
  secrets.keepNamed({ [use]: template });
  const filled = secrets.expand(template, use);
  if (/[\r\n\0]/.test(filled)) throw new ArenaError({ code: 'invalid_input', message: `${use} holds a line break` });
  return filled;
}

/** What the action gives; nothing of it, and of no failure, shows a secret. */
async function withoutSecrets<T>(env: OutsideServices['env'], action: (secrets: Secrets) => Promise<T>): Promise<T> {
  const secrets = new Secrets(env);
  try {
    return await action(secrets);
  } catch (error) {
    throw error instanceof ArenaError ? secrets.scrubbed(error) : error;
  }
}

/** The score decides; what cannot be read fails. */
function findingOf(answer: string): Finding {
  const verdict = readVerdict(answer);
  if (verdict === undefined) return fail('the answer is no verdict, {"score": 0…1, "reasoning": "…"} is expected');
  const { score, passed, reasoning } = verdict;
  return passed === undefined
    ? { score, explanation: reasoning }
    : { score, explanation: reasoning, value: { passed } };
}

function restCheck(wholeConversation: boolean): CheckFactory {
  return (params) => {
    const url = addressOf(params, 'url');
    const method = (optionalText(params, 'method') ?? 'POST').toUpperCase();
    if (!METHODS.includes(method)) throw new ParameterFault(`method must be one of ${METHODS.join(', ')}`);
    const headers = headersOf(params);
    const timeoutMs = timeoutOf(params, REST_TIMEOUT_MS);
    const reportFor = reportOf(params, wholeConversation);
    return graded(async (view, outside) => {
      const body = method === 'GET' ? undefined : reportFor(view, outside);
      // Names only: values may be secrets.
      const input: JsonValue = { url, method, headers: headers.map(([name]) => name), body: body ?? null };
      const { status, body: answer } = await outside.perform('rest_eval', input, ({ signal }) =>
        withoutSecrets(outside.services.env, async (secrets) => {
          const filled = headers.map(([name, value]) => [name, fill(secrets, value, `header ${name}`)]);
          const all = Object.fromEntries([['content-type', 'application/json'], ...filled]);
          const got = await outside.services.http({ url, method, headers: all, body, timeoutMs }, { signal });
          throwIfPassing(got.status, url);
          return { status: got.status, body: secrets.scrub(got.body) };
        }),
      );
      if (status < 200 || status >= 300) return fail(`the service answered with status ${status}`);
      return findingOf(answer);
    });
  };
}

/** A service that is overloaded says nothing about the conversation. */
function throwIfPassing(status: number, url: string): void {
  if (status !== 429 && status < 500) return;
  const code = status === 429 ? 'rate_limited' : 'provider_unavailable';
  throw new ArenaError({ code, status, message: `${new URL(url).origin} answered with status ${status}` });
}

/** The newest answer, judged by a web service. */
export const restEval = restCheck(false);
/** The whole conversation. */
export const restEvalSession = restCheck(true);

function agentCheck(wholeConversation: boolean): CheckFactory {
  return (params) => {
    const url = addressOf(params, 'agent_url');
    const token = optionalText(params, 'auth_token');
    const timeoutMs = timeoutOf(params, AGENT_TIMEOUT_MS);
    const reportFor = reportOf(params, wholeConversation);
    return graded(async (view, outside) => {
      const report = reportFor(view, outside);
      const question = `Judge this conversation. Answer with one JSON object: {"passed": true or false, "score": 0 to 1, "reasoning": "…"}.\n\n${report}`;
      const answer = await outside.perform('a2a_eval', { url, question }, ({ signal, idempotencyKey }) =>
        withoutSecrets(outside.services.env, async (secrets) => {
          const headers = token ? { authorization: `Bearer ${fill(secrets, token, 'auth_token')}` } : undefined;
          const agent = { url, headers, timeoutMs, messageId: idempotencyKey };
          return secrets.scrub(await outside.services.askAgent(agent, question, { signal }));
        }),
      );
      return findingOf(answer);
    });
  };
}

/** The newest answer, judged by an agent over A2A. */
export const a2aEval = agentCheck(false);
/** The whole conversation. */
export const a2aEvalSession = agentCheck(true);
