/** Answers that are errors by their status, from every service, to calls of both kinds. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fault } from '../helpers/fault-server.js';
import { whole } from '../helpers/fault-server-answers.js';
import { type Expected, FaultCalls, HEADER_SECRET } from '../helpers/fault-server-calls.js';
import { errorOf, type Trouble } from '../helpers/fault-server-errors.js';
import { WIRES } from '../helpers/fault-server-wires.js';
import { KEY } from '../helpers/openai-calls.js';

const TROUBLES: [Trouble, Expected][] = [
  ['busy', { code: 'rate_limited' }],
  ['overloaded', { code: 'provider_unavailable' }],
  ['broken', { code: 'provider_unavailable' }],
  ['wrong key', { code: 'unauthorized', hint: /_API_KEY|AWS_BEARER_TOKEN_BEDROCK|credential/ }],
  ['forbidden', { code: 'unauthorized' }],
  ['too long', { code: 'context_too_long', hint: /shorten/ }],
  ['filtered', { code: 'content_filtered' }],
  ['bad request', { code: 'provider_rejected' }],
  ['no credit', { code: 'quota_exhausted', hint: /billing|tomorrow|Service Quotas/ }],
  ['no model', { code: 'provider_rejected', hint: /model|deployment|pull/ }],
  ['too large', { code: 'provider_rejected', hint: /smaller/ }],
];

/** What gateways before the service say, in their own words or none. */
const HTML = `<html><head><title>Oh</title></head><body><h1>${KEY}</h1>${HEADER_SECRET}</body></html>`;
const GATEWAYS: [name: string, status: number, body: string, Expected][] = [
  ['HTML', 429, HTML, { code: 'rate_limited' }],
  ['nothing', 429, '', { code: 'rate_limited' }],
  ['nothing', 529, '', { code: 'provider_unavailable' }],
  ['nothing', 500, '', { code: 'provider_unavailable' }],
  ['HTML', 502, HTML, { code: 'provider_unavailable' }],
  ['HTML', 503, HTML, { code: 'provider_unavailable' }],
  ['HTML', 504, HTML, { code: 'provider_unavailable' }],
  ['text', 524, 'origin time-out', { code: 'provider_unavailable' }],
  ['HTML', 401, HTML, { code: 'unauthorized' }],
  ['HTML', 403, HTML, { code: 'unauthorized' }],
  ['nothing', 402, '', { code: 'quota_exhausted' }],
  ['HTML', 404, HTML, { code: 'provider_rejected' }],
  ['nothing', 405, '', { code: 'provider_rejected' }],
  ['HTML', 413, HTML, { code: 'provider_rejected', hint: /smaller/ }],
  ['JSON of its own', 400, '{"detail":"no"}', { code: 'provider_rejected' }],
  ['a list', 400, '[1,null]', { code: 'provider_rejected' }],
  ['null', 500, 'null', { code: 'provider_unavailable' }],
  ['JSON that is none', 500, '{"error":', { code: 'provider_unavailable' }],
  ['an error that is a number', 500, '{"error":3}', { code: 'provider_unavailable' }],
];

const REDIRECTS = [301, 302, 303, 307, 308];

describe.each(WIRES.map((wire) => [wire.name, wire] as const))('%s', (name, wire) => {
  let calls: FaultCalls;
  beforeAll(async () => {
    calls = await FaultCalls.start(wire);
  });
  afterAll(() => calls.stop());

  describe.each([
    ['whole', false],
    ['streamed', true],
  ])('%s', (_, stream) => {
    test.each(TROUBLES)('%s', async (trouble, expected) => {
      const { status, body, headers } = errorOf(name, trouble);
      const isEvent = status === 200 && stream;
      const text = isEvent ? `data: ${JSON.stringify(body)}\n\n` : JSON.stringify(body);
      const type = isEvent ? wire.types[1] : wire.types[0];
      const failure = await calls.expectFailure(whole(text, { status, headers, type }), stream, expected);
      if (status !== 200) expect(failure).toMatchObject({ status, message: expect.stringContaining('***') });
    });

    test.each(GATEWAYS)('a gateway says %s with %i', async (_what, status, body, expected) => {
      await calls.expectFailure(whole(body, { status, type: 'text/html' }), stream, { ...expected, status });
    });

    test.each(REDIRECTS)('a redirect with %i is not followed', async (status) => {
      const location = `${calls.server.origin}/elsewhere?key=${KEY}`;
      const fault: Fault = whole('', { status, headers: { Location: location } });
      const expected: Expected = { code: 'redirect_refused', status, hint: /base_url/, message: /elsewhere/ };
      await calls.expectFailure(fault, stream, expected);
    });
  });
});
