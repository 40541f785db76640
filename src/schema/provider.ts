/** A model that answers, judges or plays the user. */
import { z } from 'zod';
import { agentFields, checkAgentProvider, serviceTokenSchema } from './agent-provider.js';
import { blankIsAbsent } from './blank.js';
import { documentOf } from './document.js';
import { duration } from './duration.js';
import { jsonObject, jsonValue, textMap } from './json-value.js';
import { platformSchema } from './platform.js';
import { secretRefSchema } from './secret-ref.js';

/** Both spellings of the types that can hold a conversation, and the one that the rest of the code sees. */
const CHAT_TYPES: ReadonlyMap<string, ChatType> = new Map([
  ['agent', 'agent'],
  ['openai', 'openai'],
  ['claude', 'claude'],
  ['anthropic', 'claude'],
  ['gemini', 'gemini'],
  ['google', 'gemini'],
  ['imagen', 'imagen'],
  ['mock', 'mock'],
  ['ollama', 'ollama'],
  ['replay', 'replay'],
  ['vllm', 'vllm'],
]);

/** A type that can be asked by the name of a model alone, in either spelling. */
export const chatTypeSchema = z
  .enum([...CHAT_TYPES.keys()].filter((type) => type !== 'agent'))
  .transform((type) => CHAT_TYPES.get(type) ?? 'openai');

type ChatType = 'agent' | 'openai' | 'claude' | 'gemini' | 'imagen' | 'mock' | 'ollama' | 'replay' | 'vllm';

const price = z.number().min(0);

const pricing = z
  .strictObject({
    input_cost_per_1k: price.optional().describe('US dollars for 1000 input tokens.'),
    output_cost_per_1k: price.optional().describe('US dollars for 1000 output tokens.'),
    cached_cost_per_1k: price.optional().describe('US dollars for 1000 cached input tokens.'),
    input_per_1k: price.optional().describe('The same as input_cost_per_1k.'),
    output_per_1k: price.optional().describe('The same as output_cost_per_1k.'),
    cached_per_1k: price.optional().describe('The same as cached_cost_per_1k.'),
  })
  .transform((written) => ({
    input_cost_per_1k: written.input_cost_per_1k ?? written.input_per_1k,
    output_cost_per_1k: written.output_cost_per_1k ?? written.output_per_1k,
    cached_cost_per_1k: written.cached_cost_per_1k ?? written.cached_per_1k,
  }))
  .describe('What tokens cost. Default: a built-in table by model.');

const credential = z
  .strictObject({
    api_key: blankIsAbsent.describe('The key itself; better kept out of bundles.'),
    credential_file: blankIsAbsent.describe('File that holds the key.'),
    credential_env: blankIsAbsent.describe('Environment variable that holds the key.'),
    secret_ref: secretRefSchema.optional(),
    service_token: serviceTokenSchema.optional(),
  })
  .superRefine((sources, context) => {
    const written = Object.entries(sources).flatMap(([name, source]) => (source === undefined ? [] : [name]));
    const alone = written.find((name) => name === 'secret_ref' || name === 'service_token');
    const others = written.filter((name) => name !== alone);
    if (alone === undefined || others.length === 0) return;
    const message = `cannot stand beside ${others.join(' and ')}: one source must be meant`;
    context.addIssue({ code: 'custom', path: [alone], message });
  })
  .describe('Where the key is; tried in this order, then the usual environment variables of the type.');

const defaults = z
  .strictObject({
    temperature: z.number().min(0).max(2).optional().describe('Sampling temperature, 0..2.'),
    top_p: z.number().min(0).max(1).optional().describe('Nucleus sampling, 0..1.'),
    max_tokens: z.int().min(0).optional().describe('Tokens of an answer at most. 0 or absent: not sent.'),
    seed: z.int().optional().describe('Sampling seed.'),
    frequency_penalty: z.number().min(-2).max(2).optional().describe('-2..2.'),
    presence_penalty: z.number().min(-2).max(2).optional().describe('-2..2.'),
    prompt_caching: jsonValue
      .optional()
      .describe(
        'true, or {enabled, ttl: 5m or 1h}: mark the stable part of requests where the service wants that (claude); others cache by themselves.',
      ),
  })
  .describe('Sampling where the Arena file says nothing.');

const streamRetry = z
  .object({
    enabled: z.boolean().optional().describe('Default: false.'),
    max_attempts: z.int().min(0).optional().describe('Tries in all. Default: 2.'),
    initial_delay: duration
      .optional()
      .describe('Wait before the second try; twice as long before each further one. Default: 250ms.'),
    max_delay: duration
      .optional()
      .describe('Longest wait. A service that asks for more is not asked again here. Default: 2s.'),
    window: z
      .enum(['pre_first_chunk', 'always'])
      .optional()
      .describe('Whether a stream that has begun may be started again. Default: pre_first_chunk.'),
    budget: z
      .object({
        rate_per_sec: z.number().min(0).optional().describe('Tries that become possible a second. Default: 0.'),
        burst: z.number().min(0).optional().describe('Tries that may come at once, and at the beginning. Default: 1.'),
      })
      .optional()
      .describe('How many further tries all calls of the provider may make together. Absent: as many as they need.'),
  })
  .describe('What happens when a stream breaks.');

const httpTransport = z
  .object({
    max_conns_per_host: z
      .int()
      .min(0)
      .optional()
      .describe('Connections in use at once; calls beyond them wait. 0 or absent: no limit.'),
    max_idle_conns_per_host: z
      .int()
      .min(0)
      .optional()
      .describe('Connections that are kept open between calls. 0 or absent: all.'),
    idle_conn_timeout: duration.optional().describe('How long they are kept. Default: as the server says, else 10s.'),
    disable_keep_alives: z
      .boolean()
      .optional()
      .describe('Whether each call has a connection of its own. Default: false.'),
  })
  .describe('The connections to the service; providers of one address that say the same share them.');

export const providerSpecSchema = z
  .strictObject({
    id: z.string().min(1).optional().describe('Id when metadata.name is absent.'),
    type: z
      .string()
      .min(1)
      .describe('Protocol: agent, openai, claude or anthropic, gemini or google, imagen, mock, ollama, replay, vllm.')
      .transform((type) => CHAT_TYPES.get(type) ?? type),
    model: z.string().optional().describe('Model name as the service knows it.'),
    role: z
      .enum(['llm', 'tts', 'stt', 'embedding', 'image', 'video', 'inference'])
      .optional()
      .describe('What it does; only llm and image take part in the matrix. Default: llm.'),
    base_url: blankIsAbsent.describe('Address of the service. Default: the vendor’s own.'),
    ...agentFields,
    headers: textMap.optional().describe('Headers sent with each request.'),
    rate_limit: z
      .strictObject({
        rps: z.number().min(0).optional().describe('Requests a second, steadily. 0 or absent: no limit.'),
        burst: z
          .int()
          .min(0)
          .optional()
          .describe(
            'Requests that may come at once after a pause, of a limit a minute a twentieth at most. Default: 1.',
          ),
        requests_per_minute: z
          .number()
          .min(0)
          .optional()
          .describe('Requests in any minute at most. 0 or absent: no limit.'),
        tokens_per_minute: z
          .number()
          .min(0)
          .optional()
          .describe('Tokens in any minute, by estimates that are corrected afterwards. 0 or absent: no limit.'),
      })
      .optional()
      .describe('Pace of the requests with this key, shared by all jobs and workers.'),
    defaults: defaults.optional(),
    pricing: pricing.optional(),
    include_raw_output: z.boolean().optional().describe('Keep the raw answer in the records. Default: false.'),
    additional_config: jsonObject.optional().describe('What only this type knows, e.g. mock_config or recording.'),
    credential: credential.optional(),
    platform: platformSchema.optional(),
    capabilities: z.array(z.string().min(1)).optional().describe('What scenarios may ask for, e.g. text, tools.'),
    context_window: z.int().min(1).optional().describe('Tokens that the model takes in; for `model_requirements`.'),
    truncation_strategy: z
      .enum(['sliding', 'summarize'])
      .optional()
      .describe(
        'What happens to conversations longer than context_window where the scenario has no token_budget: the oldest messages are dropped, or summed up. Default: nothing.',
      ),
    unsupported_params: z.array(z.string()).optional().describe('Sampling parameters that are never sent.'),
    request_timeout: duration.optional().describe('Time of one call. Default: the Arena file, else 30s.'),
    stream_idle_timeout: duration.optional().describe('Longest silence in a stream. Default: 30s.'),
    stream_retry: streamRetry.optional(),
    stream_max_concurrent: z
      .int()
      .min(0)
      .optional()
      .describe('Streams in flight at once, in each worker process. 0 or absent: no limit.'),
    http_transport: httpTransport.optional(),
    voice: z
      .string()
      .optional()
      .describe('Voice of a tts provider; conversations are held as text, so nothing reads it.'),
    sample_rate: z
      .int()
      .min(1)
      .optional()
      .describe('Samples a second of a tts provider; nothing reads it, like `voice`.'),
    audio_files: z
      .array(z.string())
      .optional()
      .describe('Recorded audio of a mock tts provider; nothing reads it, like `voice`.'),
  })
  .superRefine(({ type, role }, context) => {
    const converses = role === undefined || role === 'llm' || role === 'image';
    if (!converses || CHAT_TYPES.has(type)) return;
    context.addIssue({ code: 'invalid_value', input: type, path: ['type'], values: [...CHAT_TYPES.keys()] });
  })
  .superRefine(checkAgentProvider)
  .describe('A model that answers, judges or plays the user.');

export const providerSchema = documentOf('Provider', providerSpecSchema);

export type ProviderSpec = z.infer<typeof providerSpecSchema>;
