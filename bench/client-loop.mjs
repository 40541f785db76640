/**
 * Program: so many calls of one wire format, 64 at once, by one client: `bare` undici, `ours`, or the vendor's own `sdk`.
 * The first third warms up and does not count. Prints JSON: seconds of CPU and of time for each call that counts.
 *
 *     node bench/client-loop.mjs CLIENT FORMAT plain|stream URL CALLS
 */
import { Pool } from 'undici';
import { createHttpProvider } from '../dist/src/io/providers/create-http-provider.js';
import { providerSpecSchema } from '../dist/src/schema/provider.js';

const IN_FLIGHT = 64;
const [client = '', format = '', mode = 'plain', url = '', calls = '3000'] = process.argv.slice(2);
const stream = mode === 'stream';
const KEY = 'key-0123456789abcdef';
const SYSTEM = 'You answer customers of a small shop. Be brief.';
const QUESTION = 'Where is my order number 4711? It should have come a week ago.';
const LENGTH = Array.from({ length: 64 }, (_, index) => `word${index} `).join('').length;

/** @type {Record<string, () => { path: string, headers: Record<string, string>, body: object }>} */
const REQUESTS = {
  openai: () => ({
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${KEY}` },
    body: {
      model: 'mock',
      messages: [
        { role: 'system', content: SYSTEM },
        { role: 'user', content: QUESTION },
      ],
      temperature: 0,
      max_tokens: 100,
      ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
    },
  }),
  anthropic: () => ({
    path: '/v1/messages',
    headers: { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' },
    body: {
      model: 'mock',
      system: SYSTEM,
      messages: [{ role: 'user', content: QUESTION }],
      temperature: 0,
      max_tokens: 100,
      ...(stream ? { stream } : {}),
    },
  }),
  gemini: () => ({
    path: `/v1beta/models/mock:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    headers: { 'x-goog-api-key': KEY },
    body: {
      systemInstruction: { parts: [{ text: SYSTEM }] },
      contents: [{ role: 'user', parts: [{ text: QUESTION }] }],
      generationConfig: { temperature: 0, maxOutputTokens: 100 },
    },
  }),
};

/** What any client has to do: send, collect, parse. Returns the length of what it got. */
function bare() {
  const pool = new Pool(url, { connections: IN_FLIGHT });
  return async () => {
    const { path, headers, body } = REQUESTS[format]?.() ?? { path: '', headers: {}, body: {} };
    const answer = await pool.request({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (!stream) return JSON.stringify(JSON.parse(text)).length;
    let length = 0;
    for (const line of text.split('\n')) {
      if (line.startsWith('data: ') && line !== 'data: [DONE]') length += Object.keys(JSON.parse(line.slice(6))).length;
    }
    return length;
  };
}

function ours() {
  const types = { openai: 'openai', anthropic: 'claude', gemini: 'gemini' };
  const spec = providerSpecSchema.parse({
    type: types[/** @type {keyof typeof types} */ (format)],
    model: 'mock',
    base_url: format === 'openai' ? `${url}/v1` : url,
    credential: { api_key: KEY },
  });
  const provider = createHttpProvider(
    { id: 'p', spec, at: () => 'bench' },
    { env: {}, jobTimeoutMs: undefined, arenaTimeoutMs: undefined },
  );
  const { signal } = new AbortController();
  return async () => {
    const { content } = await provider.complete(
      {
        messages: [
          { role: 'system', content: SYSTEM },
          { role: 'user', content: QUESTION },
        ],
        parameters: { temperature: 0, maxTokens: 100 },
        context: { scenario: 's', provider: 'p' },
        ...(stream ? { stream } : {}),
      },
      { signal },
    );
    return expectWhole(content);
  };
}

/** @param {string} text */
function expectWhole(text) {
  if (text.length !== LENGTH) throw new Error(`${client} ${format} ${mode}: ${text.length} characters, not ${LENGTH}`);
  return text.length;
}

const SDKS = {
  openai: async () => {
    const { default: OpenAI } = await import('openai');
    const api = new OpenAI({ apiKey: KEY, baseURL: `${url}/v1`, maxRetries: 0 });
    return async () => {
      const { body } = REQUESTS.openai?.() ?? {};
      const answer = await api.chat.completions.create(/** @type {any} */ (body));
      if (!stream) return expectWhole(answer.choices[0]?.message.content ?? '');
      let text = '';
      for await (const chunk of /** @type {any} */ (answer)) text += chunk.choices[0]?.delta.content ?? '';
      return expectWhole(text);
    };
  },
  anthropic: async () => {
    const { default: Anthropic } = await import('@anthropic-ai/sdk');
    const api = new Anthropic({ apiKey: KEY, baseURL: url, maxRetries: 0 });
    return async () => {
      const { body } = REQUESTS.anthropic?.() ?? {};
      const answer = await api.messages.create(/** @type {any} */ (body));
      if (!stream) return expectWhole(/** @type {any} */ (answer).content[0].text);
      let text = '';
      for await (const event of /** @type {any} */ (answer)) text += event.delta?.text ?? '';
      return expectWhole(text);
    };
  },
  gemini: async () => {
    const { GoogleGenAI } = await import('@google/genai');
    const api = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: url } });
    const request = {
      model: 'mock',
      contents: [{ role: 'user', parts: [{ text: QUESTION }] }],
      config: { systemInstruction: SYSTEM, temperature: 0, maxOutputTokens: 100 },
    };
    return async () => {
      if (!stream) return expectWhole((await api.models.generateContent(request)).text ?? '');
      let text = '';
      for await (const chunk of await api.models.generateContentStream(request)) text += chunk.text ?? '';
      return expectWhole(text);
    };
  },
};

/** @param {() => Promise<number>} call @param {number} count */
async function run(call, count) {
  let left = count;
  const loop = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, loop));
}

const call =
  client === 'bare' ? bare() : client === 'ours' ? ours() : await SDKS[/** @type {keyof typeof SDKS} */ (format)]();
const counted = Number(calls);
await run(call, Math.ceil(counted / 2));
const cpu = process.cpuUsage();
const startedAt = performance.now();
await run(call, counted);
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(
  `${JSON.stringify({ cpuMicros: (user + system) / counted, callsPerSecond: counted / seconds })}\n`,
);
process.exit(0);
