/** Embeddings of services that speak OpenAI's protocol. */
import { ArenaError } from '../../core/errors.js';
import { type FailedCall, failureOfStatus } from '../providers/answer-failure.js';
import { scrubberOf } from '../providers/credential.js';
import { exchange } from '../providers/http-exchange.js';
import type { ProviderSettings } from '../providers/provider-settings.js';
import { queryScrubber, shownAddress } from '../providers/shown-address.js';

/** Texts of one request; services take no more than some hundreds. */
const BATCH = 256;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_DIMENSIONS = 16_384;

/** One vector a text, in order. Throws an `ArenaError`, or the signal's reason when it was aborted. */
export async function openAiEmbeddings(
  options: ProviderSettings,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<number[][]> {
  const vectors: number[][] = [];
  for (let first = 0; first < texts.length; first += BATCH) {
    vectors.push(...(await embedBatch(options, texts.slice(first, first + BATCH), signal)));
  }
  return vectors;
}

async function embedBatch(
  options: ProviderSettings,
  texts: readonly string[],
  signal: AbortSignal,
  mayRenew = true,
): Promise<number[][]> {
  const { id, spec, model, baseUrl, credential, official, headers: own, connections } = options;
  const { timeoutMs, idleTimeoutMs } = options;
  await credential.ready();
  const key = credential.key();
  if (key === undefined && official) {
    throw new ArenaError({ code: 'unauthorized', message: `Provider ${id} has no key.`, hint: credential.hint() });
  }
  const headers = ['content-type', 'application/json'];
  if (key !== undefined && !own.some((name, place) => place % 2 === 0 && name.toLowerCase() === 'authorization')) {
    headers.push('authorization', `Bearer ${key}`);
  }
  const base = baseUrl.pathname.replace(/\/+$/, '');
  // Bundles name local servers by host alone; they serve this endpoint below /v1.
  const path = `${base === '' && spec.type !== 'openai' ? '/v1' : base}/embeddings${baseUrl.search}`;
  const received = await exchange(connections, {
    path,
    headers: [...headers, ...own],
    body: JSON.stringify({ model, input: texts, encoding_format: 'float' }),
    signal,
    timeoutMs,
    idleTimeoutMs,
    maxBytes: MAX_ANSWER_BYTES,
  });
  const scrub = scrubberOf(key, spec.headers ?? {});
  const scrubQuery = queryScrubber(baseUrl);
  const failed: FailedCall = {
    missingModelHint: `check model "${model}" and base_url of the provider`,
    url: shownAddress(new URL(`${baseUrl.origin}${path}`)),
    credentialHint: credential.hint(),
    scrub: (text) => scrub(scrubQuery(text)),
  };
  if (received.status < 200 || received.status > 299) {
    const failure = failureOfStatus(received, failed);
    const isRefused = mayRenew && failure.code === 'unauthorized';
    if (isRefused && (await credential.refused(key))) return embedBatch(options, texts, signal, false);
    throw new ArenaError(failure);
  }
  return vectorsOf(received.body, texts.length);
}

function vectorsOf(body: string, count: number): number[][] {
  const malformed = (why: string) =>
    new ArenaError({ code: 'malformed_answer', message: `The service's embeddings cannot be read: ${why}.` });
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    throw malformed('the answer is not JSON');
  }
  const data: unknown = Object(answer).data;
  if (!Array.isArray(data) || data.length !== count) throw malformed(`there are not ${count} of them`);
  const vectors = new Array<number[] | undefined>(count);
  for (const [position, item] of data.entries()) {
    const { index = position, embedding } = Object(item) as { index?: unknown; embedding?: unknown };
    const isVector =
      Array.isArray(embedding) &&
      embedding.length > 0 &&
      embedding.length <= MAX_DIMENSIONS &&
      embedding.every((value) => typeof value === 'number' && Number.isFinite(value));
    if (!isVector || typeof index !== 'number' || !(index in vectors || (index >= 0 && index < count))) {
      throw malformed('one of them is no list of numbers');
    }
    vectors[index] = embedding;
  }
  return vectors.map((vector) => {
    if (vector === undefined) throw malformed('one of them is missing');
    return vector;
  });
}
