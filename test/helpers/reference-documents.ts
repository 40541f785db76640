import { assertion, image, sampling, toolPolicy } from './reference-arena.js';

/** The other documents with every field that the reference takes. */
export const referencePrompt = {
  task_type: 'main',
  version: 'v1.0.0',
  description: 'The prompt.',
  system_template: 'You work for {{company}}. {{manner}}',
  template_engine: { version: 'v1', syntax: '{{variable}}', features: ['basic_substitution'] },
  fragments: [{ name: 'manner', path: 'fragments/manner.txt', required: true }],
  variables: [
    {
      name: 'company',
      type: 'string',
      required: true,
      default: 'ACME',
      description: 'Name.',
      example: 'ACME',
      validation: { pattern: '^\\w+$', minLength: 1, format: 'name' },
      binding: { kind: 'project', field: 'name', autoPopulate: true },
    },
  ],
  model_overrides: {
    'gpt-4o': { system_template_suffix: 'Be brief.', temperature: 0.1, parameters: { max_tokens: 10, top_k: 4 } },
  },
  allowed_tools: ['lookup', 'weather', 'place'],
  validators: [
    {
      type: 'banned_words',
      params: { words: ['damn'], direction: 'both' },
      enabled: true,
      fail_on_violation: true,
      message: 'No.',
    },
  ],
  tool_policy: toolPolicy,
  parameters: { temperature: 0.3, max_tokens: 200, top_k: 40, stop_sequences: ['END'] },
  evals: [{ id: 'short', type: 'max_length', trigger: 'every_turn', params: { max: 100 } }],
  media: {
    enabled: true,
    supported_types: ['image'],
    image: { max_size_mb: 5, allowed_formats: ['png'], default_detail: 'high', max_width: 2000 },
    audio: { max_duration_sec: 60, sample_rate: 16000 },
    video: { max_size_mb: 50, codecs: ['h264'] },
    examples: [
      { name: 'cat', role: 'user', description: 'A cat.', parts: [{ type: 'image', media: image }], tags: [] },
    ],
    policy: 'strict',
  },
  tested_models: [{ provider: 'openai', model: 'gpt-4o', date: '2025-01-01', success_rate: 0.98 }],
  metadata: { domain: 'support', language: 'en', tags: ['a'], cost_estimate: { min_cost_usd: 0.1 } },
  compilation: { compiled_with: 'x', created_at: '2025-01-01T00:00:00Z', schema: 'v1' },
};

export const referenceScenario = {
  id: 'talk',
  task_type: 'main',
  mode: 'text',
  description: 'A talk.',
  labels: { tier: 'gold' },
  turns: [
    {
      role: 'user',
      content: 'Hello {tone}',
      seed: 3,
      assistant_temp: 0.1,
      user_temp: 0.9,
      streaming: false,
      consent_overrides: { place: 'grant' },
      perturbations: { tone: ['there', 'you'] },
      chaos: { tool_failures: [{ tool: 'lookup', mode: 'error', probability: 0.5, message: 'down' }] },
      assertions: [assertion],
    },
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'Look' },
        { type: 'image', media: image },
      ],
    },
    { role: 'customer', persona: 'caller', turns: 2, max_turns: 3 },
  ],
  variables: { city: 'Bern' },
  context: { goal: 'Order', user_type: 'customer' },
  context_metadata: { domain: 'shops', user_role: 'buyer', project_stage: 'pilot' },
  constraints: { max_turns: 5, required_themes: ['help'] },
  tool_policy: toolPolicy,
  providers: ['model'],
  provider_group: 'default',
  required_capabilities: ['text'],
  streaming: false,
  context_policy: {
    token_budget: 1000,
    reserve_for_output: 100,
    strategy: 'relevance',
    cache_breakpoints: true,
    relevance: {
      provider: 'embed',
      model: 'small',
      min_recent_messages: 2,
      similarity_threshold: 0.3,
      query_source: 'last_n',
      last_n_count: 2,
      custom_query: 'orders',
      cache_embeddings: true,
      always_keep_system_role: true,
    },
  },
  conversation_assertions: [assertion],
  duplex: { timeout: '10m', turn_detection: { mode: 'vad', vad: { silence_threshold_ms: 500 } } },
  voice: { profile: 'anna' },
  trials: 2,
  seed_memories: [{ content: 'Likes tea.', type: 'preference', confidence: 0.9, metadata: { a: 'b' }, scope: 'user' }],
};

export const referenceProvider = {
  id: 'model',
  type: 'openai',
  model: 'gpt-4o',
  role: 'llm',
  base_url: 'https://api.openai.com/v1',
  headers: { 'X-Team': 'a' },
  rate_limit: { rps: 5, burst: 2 },
  defaults: { ...sampling, prompt_caching: true },
  pricing: { input_cost_per_1k: 0.1, output_cost_per_1k: 0.2 },
  include_raw_output: true,
  additional_config: { api_mode: 'completions', anything: [1] },
  credential: { api_key: '', credential_file: '', credential_env: 'OPENAI_KEY' },
  platform: { type: '', region: '', project: '', endpoint: '' },
  capabilities: ['text', 'tools'],
  unsupported_params: ['seed'],
  request_timeout: '60s',
  stream_idle_timeout: '20s',
  stream_retry: {
    enabled: true,
    max_attempts: 2,
    initial_delay: '100ms',
    max_delay: '1s',
    window: 'always',
    budget: { rate_per_sec: 1, burst: 2 },
  },
  stream_max_concurrent: 10,
  http_transport: { max_conns_per_host: 10, idle_conn_timeout: '90s' },
  voice: 'alloy',
  sample_rate: 24000,
  audio_files: ['a.wav'],
};

const tool = (name: string, mode: string, more: object) => ({
  name,
  description: 'A tool.',
  input_schema: { type: 'object' },
  output_schema: { type: 'object' },
  mode,
  timeout_ms: 1000,
  ...more,
});
export const lookup = tool('lookup', 'mock', {
  mock_result: { a: 1 },
  mock_template: '{"a": "{{.id}}"}',
  mock_parts: [{ type: 'image', media: image }],
  exec: { command: 'cat', args: ['-'], env: ['HOME'], timeout_ms: 5, runtime: 'exec', sandbox: { name: 'docker' } },
});
export const weather = tool('weather', 'live', {
  http: {
    url: 'https://example.com/{{.city}}',
    method: 'GET',
    timeout_ms: 1000,
    headers: { 'X-A': 'b' },
    headers_from_env: ['Authorization=WEATHER_TOKEN'],
    redact: ['token'],
    request: { query_params: ['city'], static_query: { v: '1' }, encoding: 'form' },
    response: { body_mapping: 'data', success_codes: [200] },
    multimodal: { enabled: true, accept_types: ['image/*'], max_bytes: 100 },
  },
});
export const place = tool('place', 'client', {
  client: {
    consent: { required: true, message: 'May I?', decline_strategy: 'error' },
    timeout_ms: 100,
    categories: ['location'],
    validate_output: true,
  },
});

export const referencePersona = {
  id: 'caller',
  description: 'Somebody who calls.',
  prompt_activity: 'main',
  fragments: [{ name: 'mood', path: 'fragments/manner.txt', required: true }],
  system_template: 'You are {{who}}. {{mood}}',
  system_prompt: 'You call.',
  required_vars: [],
  optional_vars: { who: 'Ann' },
  goals: ['order'],
  constraints: ['be kind'],
  style: { verbosity: 'short', challenge_level: 'low', friction_tags: ['doubt'], formality: 'casual' },
  voice: 'alloy',
  defaults: { temperature: 0.5, seed: 2 },
  version: '1',
};

export const referenceEval = {
  id: 'old',
  description: 'An old talk.',
  recording: { path: '../recordings/old.transcript.yaml', type: 'transcript' },
  turns: [{ all_turns: { assertions: [{ type: 'min_length', params: { min: 1 } }] } }],
  conversation_assertions: [assertion],
  tags: ['nightly'],
  mode: 'instant',
  speed: 1,
};
