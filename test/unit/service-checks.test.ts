import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { AssertionResult, JsonValue } from '../../src/core/conversation.js';
import { ArenaError } from '../../src/core/errors.js';
import { complaintsOf } from '../../src/engine/assertions/assertion.js';
import type { CheckOutside } from '../../src/engine/assertions/check.js';
import { createOutsideServices } from '../../src/io/outside-services.js';
import { said, startAgent } from '../helpers/a2a-agent.js';
import { noServices } from '../helpers/checks.js';
import { type HttpService, type SeenRequest, startHttpService } from '../helpers/http-service.js';
import {
  ANSWER,
  bundleWithJudges,
  callOf,
  judged,
  type Params,
  QUESTION,
  ScriptedJudge,
  talk,
} from '../helpers/judges.js';

const KEY = 'k-secret-123456';
const env = (name: string) => (name === 'EVAL_KEY' ? KEY : undefined);
/** As bundles name one. */
const variable = (name: string) => `\${${name}}`;
const nobody = new ScriptedJudge([]);
const view = talk([callOf('find', 'found', { id: 7 })]);

let service: HttpService;
let reply: (request: SeenRequest) => { status?: number; body: string } | undefined;

beforeAll(async () => {
  service = await startHttpService((request, response) => {
    const answer = reply(request);
    if (answer === undefined) return;
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
    response.end(answer.body);
  });
});
afterEach(() => void service.seen.splice(0));
afterAll(() => service.stop());

/** What was recorded on the way. */
interface Recorded {
  what: string;
  input: JsonValue;
  answer?: JsonValue;
}

async function rest(params: Params, type = 'rest_eval', outside: Partial<CheckOutside> = {}): Promise<AssertionResult> {
  const services = { ...noServices, http: createOutsideServices().http, env };
  const all = { url: `${service.origin}/judge`, ...params };
  return judged(type, all, nobody, { view, outside: { services, ...outside } });
}

const verdict = (value: object) => () => ({ body: JSON.stringify(value) });
const sent = () => JSON.parse(service.seen[0]?.body ?? '{}');

describe('rest_eval', () => {
  test.each<[string, Params, boolean, number]>([
    ['{"score": 1, "passed": false, "reasoning": "fine"}', {}, true, 1],
    ['{"score": 0.8}', { min_score: 0.8 }, true, 0.8],
    ['{"score": 0.79}', { min_score: 0.8 }, false, 0.79],
    ['{"passed": true}', {}, true, 1],
    ['{}', { min_score: 0.1 }, false, 0],
    ['no verdict', { min_score: 0.1 }, false, 0],
    ['{"score": "1"}', { min_score: 0.1 }, false, 0],
    ['', { min_score: 0.1 }, false, 0],
  ])('answered %s with %j: passed %s, score %d', async (body, params, passed, score) => {
    reply = () => ({ body });
    expect(await rest(params)).toMatchObject({ passed, score });
    expect(await rest(params, 'rest_eval_session')).toMatchObject({ passed, score });
  });

  test('sends the newest answer and all messages', async () => {
    reply = verdict({ score: 1 });
    await rest({ criteria: 'Be kind.', extra: { team: 'a' } });
    expect(service.seen[0]).toMatchObject({ method: 'POST', path: '/judge' });
    expect(service.seen[0]?.headers['content-type']).toBe('application/json');
    expect(sent()).toEqual({
      scenario: 'talk',
      criteria: 'Be kind.',
      response: ANSWER,
      messages: expect.arrayContaining([
        { role: 'user', content: QUESTION },
        { role: 'assistant', content: ANSWER },
      ]),
      extra: { team: 'a' },
    });
  });

  test('sends what it is told to send, as a session the conversation as a text', async () => {
    reply = verdict({ score: 1 });
    await rest({ method: 'put', include_messages: false, include_tool_calls: true }, 'rest_eval_session');
    expect(service.seen[0]?.method).toBe('PUT');
    expect(sent()).toEqual({
      scenario: 'talk',
      conversation: `User: ${QUESTION}\n\nAssistant: ${ANSWER}`,
      tool_calls: [{ name: 'find', arguments: { id: 7 }, result: 'found' }],
    });
  });

  test('fills variables of headers, and keeps their values out of everything that is written down', async () => {
    reply = ({ headers }) => ({ body: JSON.stringify({ score: 0, reasoning: `you sent ${headers.authorization}` }) });
    const records: Recorded[] = [];
    const perform: CheckOutside['perform'] = async (what, input, action) => {
      const answer = await action({ signal: new AbortController().signal, idempotencyKey: 'i' });
      records.push({ what, input, answer });
      return answer;
    };
    const headers = { Authorization: `Bearer ${variable('EVAL_KEY')}`, 'X-Token': 'literal-token' };
    const result = await rest({ headers }, 'rest_eval', { perform });
    expect(service.seen[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'x-token': 'literal-token' });
    expect(result.explanation).toContain('you sent Bearer ***');
    expect(JSON.stringify([records, result])).not.toMatch(/k-secret|literal-token/);
    expect(result.params?.headers).toEqual({ Authorization: headers.Authorization, 'X-Token': '***' });
    expect(records[0]).toMatchObject({ what: 'rest_eval', input: { headers: ['Authorization', 'X-Token'] } });
  });

  test('fails when a variable is not to be had', async () => {
    const result = await rest({ headers: { 'X-Key': `k ${variable('OTHER')}` } });
    expect(result).toMatchObject({ passed: false, error: expect.stringContaining('environment variable OTHER') });
    expect(service.seen).toEqual([]);
  });

  test.each([400, 401, 404])('fails at status %d', async (status) => {
    reply = () => ({ status, body: '{"score": 1}' });
    expect(await rest({})).toMatchObject({ passed: false, explanation: `the service answered with status ${status}` });
  });

  test.each([
    [429, 'rate_limited'],
    [500, 'provider_unavailable'],
    [503, 'provider_unavailable'],
  ])('leaves the conversation to be judged again at status %d', async (status, code) => {
    reply = () => ({ status, body: '' });
    const error = await rest({}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ArenaError);
    expect((error as ArenaError).failure).toMatchObject({ code, status });
  });

  test('waits no longer than it says', async () => {
    reply = () => undefined;
    const error = await rest({ timeout: '50ms' }).catch((reason: unknown) => reason);
    expect((error as ArenaError).failure).toMatchObject({ code: 'call_timeout' });
  });

  test('reads no endless answer', async () => {
    reply = () => ({ body: `{"score": 1, "reasoning": "${'x'.repeat(2_000_000)}"}` });
    expect(await rest({})).toMatchObject({ passed: false, error: expect.stringContaining('longer than') });
  });
});

describe('a2a_eval', () => {
  test.each<[string, string, Params, boolean, number]>([
    ['a2a_eval', 'I say {"score": 1, "reasoning": "fine"}', {}, true, 1],
    ['a2a_eval_session', '{"score": 0.5}', { min_score: 0.5 }, true, 0.5],
    ['a2a_eval', '{"score": 0.5}', {}, false, 0.5],
    ['a2a_eval_session', 'no verdict', { min_score: 0.1 }, false, 0],
  ])('%s answered %s with %j: passed %s, score %d', async (type, answer, params, passed, score) => {
    const asked: unknown[] = [];
    const services: CheckOutside['services'] = {
      ...noServices,
      env,
      askAgent: async (agent, text) => {
        asked.push({ agent, text });
        return answer;
      },
    };
    const all = {
      agent_url: 'http://agent.example/',
      auth_token: variable('EVAL_KEY'),
      timeout: 5,
      criteria: 'Kind.',
      ...params,
    };
    expect(await judged(type, all, nobody, { view, outside: { services } })).toMatchObject({ passed, score });
    expect(asked).toEqual([
      {
        agent: expect.objectContaining({
          url: 'http://agent.example/',
          headers: { authorization: `Bearer ${KEY}` },
          timeoutMs: 5000,
        }),
        text: expect.stringContaining('"criteria":"Kind."'),
      },
    ]);
  });
});

test('an agent over HTTP judges, and does not give the token away', async () => {
  const agent = await startAgent({
    answers: { 'message/send': () => said(`{"score": 0.9, "reasoning": "${KEY} fits"}`) },
  });
  try {
    const services = { ...createOutsideServices(env) };
    const params = { agent_url: agent.origin, auth_token: variable('EVAL_KEY'), criteria: 'Kind.', min_score: 0.9 };
    const result = await judged('a2a_eval_session', params, nobody, { view, outside: { services } });
    expect(result).toMatchObject({ passed: true, score: 0.9, explanation: '*** fits' });
    expect(agent.seen.at(-1)?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(agent.seen.at(-1)?.body).toContain(QUESTION);
  } finally {
    await agent.stop();
  }
});

test('tokens of wrapped checks are kept out of records, too', async () => {
  const params = {
    eval_type: 'a2a_eval',
    eval_params: { agent_url: 'http://agent.example/', auth_token: 'literal-token', criteria: 'Kind.' },
  };
  const services = { ...noServices, askAgent: () => Promise.resolve('{"score": 1, "reasoning": "literal-token"}') };
  const result = await judged('assertion', params, nobody, { view, outside: { services } });
  expect(result).toMatchObject({ passed: true, explanation: '***' });
  expect(JSON.stringify(result)).not.toContain('literal-token');
});

test.each<[string, Params, string]>([
  ['rest_eval', {}, '"url" is missing'],
  ['rest_eval', { url: 'file:///etc/passwd' }, '"url" must be an address'],
  ['rest_eval', { url: 'http://a.example', method: 'DELETE' }, 'method must be one of'],
  ['rest_eval', { url: 'http://a.example', timeout: 'soon' }, '"timeout" must be a duration'],
  ['rest_eval_session', { url: 'http://a.example', timeout: 0 }, '"timeout" must be a duration'],
  ['rest_eval', { url: 'http://a.example', headers: { 'a b': 'x' } }, '"a b" is not the name of a header'],
  ['rest_eval', { url: 'http://a.example', headers: { a: [] } }, 'header "a" must be a text'],
  ['a2a_eval', {}, '"agent_url" is missing'],
  ['a2a_eval_session', { agent_url: 'agent' }, '"agent_url" must be an address'],
])('%s with %j cannot be used: %s', (type, params, why) => {
  expect(complaintsOf({ type, params }, { bundle: bundleWithJudges() })[0]).toContain(why);
});
