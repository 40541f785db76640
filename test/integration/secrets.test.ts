import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DurableRun } from '../helpers/durable-run.js';
import { CANARY_KEY } from '../helpers/worker-process.js';

const FORMS = [CANARY_KEY, Buffer.from(CANARY_KEY).toString('base64').replace(/=+$/, '').slice(0, -2)];

/** Files below the folder that hold the key, plain or in base64. */
function leaksBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      const bytes = readFileSync(file);
      return FORMS.some((form) => bytes.includes(form));
    });
}

describe('a provider key', () => {
  let run: DurableRun;
  afterEach(() => run?.stop(), 30_000);

  test('appears in no history, record, report or log, also when the provider answers with it', async () => {
    const answers = [
      {
        when: { user: 'scenario 1, question 1' },
        answer: { status: 403, body: { error: { message: `Incorrect API key provided: ${CANARY_KEY}` } } },
      },
      {
        when: { user: 'scenario 2, question 1' },
        answer: { status: 400, body: `bad request with Bearer ${CANARY_KEY}` },
      },
      { when: { user: 'scenario 3, question 1' }, answer: { status: 503, body: CANARY_KEY, retry_after: 0 } },
    ];
    run = await DurableRun.start({
      workers: 1,
      latencyMs: 5,
      scenarios: 4,
      providers: 1,
      answers,
      input: { maxRetries: 0, formats: ['json', 'csv', 'junit', 'markdown', 'html'] },
    });
    const result = await run.result();
    expect(result.counts).toMatchObject({ passed: 1, errored: 3 });
    expect(result.failures.map(({ reason }) => reason)).toEqual([
      'unauthorized',
      'provider_rejected',
      'provider_unavailable',
    ]);
    const history = historyToJSON(await run.handle.fetchHistory());
    const decoded = [...history.matchAll(/"data":\s*"([^"]+)"/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64').toString(),
    );
    expect([history, ...decoded, JSON.stringify(result)].filter((text) => text.includes(CANARY_KEY))).toEqual([]);
    expect(leaksBelow(run.dataDir)).toEqual([]);
  }, 120_000);
});
