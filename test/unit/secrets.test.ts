import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Secrets } from '../../src/core/secrets.js';
import { createOutsideServices } from '../../src/io/outside-services.js';
import { noServices } from '../helpers/checks.js';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';
import { judged, type Params, ScriptedJudge, talk } from '../helpers/judges.js';
import { ask, bare, open, provider } from '../helpers/openai-calls.js';

const CANARY = 'canary-5f3ae1';
const env = (name: string) => (name === 'KEY' ? CANARY : undefined);

describe('secrets', () => {
  const variables: { [name: string]: string } = { A: 'canary', B: 'canary-2', Q: 'a "quoted" one', S: 'abc' };
  const secrets = () => new Secrets((name) => (Object.hasOwn(variables, name) ? variables[name] : undefined));

  test.each([
    ['the longer one of two that begin alike', ['A', 'B'], 'canary-2 canary', '*** ***'],
    ['one as it stands in JSON', ['Q'], JSON.stringify('a "quoted" one'), '"***"'],
    ['none that is so short that any text may hold it', ['S'], 'abc', 'abc'],
    ['what is left of one where the text was cut', ['B'], 'you sent canary-…', 'you sent ***…'],
    ['no end that too little is left of', ['B'], 'you sent can…', 'you sent can…'],
    ['no beginning of one but where the text was cut', ['B'], 'a canary', 'a canary'],
  ])('are taken out of texts: %s', (_, names, text, clean) => {
    const used = secrets();
    for (const name of names) used.read(name, 'a test');
    expect(used.scrub(text)).toBe(clean);
  });

  test('that are missing, or names of what every object has, are told', () => {
    for (const name of ['NOPE', '__proto__', 'constructor']) {
      expect(() => secrets().read(name, 'header x')).toThrow(`header x needs the environment variable ${name}`);
    }
  });
});

describe('another side that complains with the secret it was sent', () => {
  let service: HttpService;
  beforeEach(async () => {
    const complain = (text: string) => ({ error: `no such key: ${text}` });
    service = await startHttpService(({ headers, path }, response) => {
      // An agent without a card is asked at its address.
      if (path.includes('.well-known')) return answerJson(response, {}, 404);
      answerJson(response, complain(`${headers.authorization} ${headers['x-key']}`), 401);
    });
  });
  afterEach(() => service.stop());

  test('as an agent of the bundle: neither variables nor literal headers are repeated', async () => {
    const card = { skills: [{ id: 'search' }] };
    const agent = { name: 'far', url: service.origin, card, headers: { 'X-Key': 'literal-4711' } };
    const bundle = engineBundle({ arena: { a2a_agents: [{ ...agent, auth: { token_env: 'KEY' } }] } });
    const asks = { toolCalls: [{ id: 'c1', name: 'a2a__far__search', args: { query: 'Hello' } }] };
    const record = await hold(bundle, { complete: scripted(asks, 'done'), services: { env } });
    const told = record.messages.find(({ role }) => role === 'tool')?.content;
    expect(service.seen.at(-1)?.headers).toMatchObject({ authorization: `Bearer ${CANARY}`, 'x-key': 'literal-4711' });
    expect(told).toContain('answered 401: {"error":"no such key: Bearer *** ***"}');
    expect(JSON.stringify(record)).not.toMatch(/canary|literal-4711/);
  });

  test('as an agent whose card is asked for', async () => {
    const refusing = await startHttpService(({ headers }, response) => {
      answerJson(response, { error: headers.authorization }, 403);
    });
    try {
      const agent = { name: 'far', url: refusing.origin, auth: { token_env: 'KEY' } };
      const bundle = engineBundle({ arena: { a2a_agents: [agent] } });
      const record = await hold(bundle, { complete: scripted('done'), services: { env } });
      expect(record.error).toMatchObject({ code: 'unauthorized', message: expect.stringContaining('Bearer ***') });
      expect(JSON.stringify(record)).not.toContain(CANARY);
    } finally {
      await refusing.stop();
    }
  });

  test('as an agent that judges', async () => {
    const services = { ...noServices, askAgent: createOutsideServices().askAgent, env };
    const params: Params = { agent_url: service.origin, auth_token: `\${${'KEY'}}`, criteria: 'Kind.' };
    const outcome = await judged('a2a_eval', params, new ScriptedJudge([]), {
      view: talk([]),
      outside: { services },
    }).then(
      (result) => JSON.stringify(result),
      (error: Error) => error.message,
    );
    expect(service.seen.at(-1)?.headers.authorization).toBe(`Bearer ${CANARY}`);
    expect(outcome).toContain('Bearer ***');
    expect(outcome).not.toContain(CANARY);
  });
});

describe('a model that repeats the key it was sent', () => {
  // The whole exchange: as one document, and as a stream.
  test.each([false, true])('has it taken out of text, arguments and raw answers; stream: %s', async (stream) => {
    const url = await bare((request, response) => {
      const said = request.headers.authorization ?? '';
      const calls = [{ index: 0, id: 'c1', function: { name: 'look', arguments: JSON.stringify({ said }) } }];
      const message = {
        role: 'assistant',
        content: `You sent ${said} ${request.headers['x-key']}.`,
        tool_calls: calls,
      };
      response.setHeader('content-type', stream ? 'text/event-stream' : 'application/json');
      if (stream) response.end(`data: ${JSON.stringify({ choices: [{ delta: message }] })}\n\ndata: [DONE]\n\n`);
      else response.end(JSON.stringify({ choices: [{ message }] }));
    });
    const spec = { include_raw_output: true, headers: { 'X-Key': 'literal-0815-4711' } };
    const answer = await provider(url, spec).complete(ask('hello', { stream }), open);
    expect(answer.content).toBe('You sent Bearer *** ***.');
    expect(answer.toolCalls?.[0]?.args).toEqual({ said: 'Bearer ***' });
    expect(JSON.stringify(answer)).not.toMatch(/0123456789abcdef|literal-0815/);
  });

  test('keeps words that are too short to be a key', async () => {
    const url = await bare((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ choices: [{ message: { content: 'This is a test.' } }] }));
    });
    const answer = await provider(url, {}, { OPENAI_API_KEY: 'test' }).complete(ask(), open);
    expect(answer.content).toBe('This is a test.');
  });
});
