/** Blocks that stand in many documents, and an Arena file with every field that the reference takes. */

export const assertion = {
  type: 'tools_called',
  params: { tool_names: ['lookup'], min_score: 0.5, max_score: 1 },
  message: 'looks up',
  when: { tool_called: 'lookup', tool_called_pattern: '^look', any_tool_called: true, min_tool_calls: 1 },
  pass_threshold: 0.8,
};
export const image = { url: 'https://example.com/cat.png', mime_type: 'image/png', detail: 'high', caption: 'A cat.' };
export const toolPolicy = {
  tool_choice: 'auto',
  max_tool_calls_per_turn: 5,
  max_total_tool_calls: 10,
  blocklist: ['erase'],
  max_rounds: 4,
  max_cost_usd: 1.5,
  max_identical_tool_calls: 3,
};
export const sampling = { temperature: 0.7, top_p: 1, max_tokens: 500 };

/** The Arena file with every field that the reference takes. Blocks of which only the name is known have plausible keys. */
export const referenceArena = {
  prompt_configs: [{ id: 'main', file: 'prompts/main.yaml', vars: { company: 'TechCo' } }],
  prompt_specs: { other: { task_type: 'other', version: 'v1', description: 'Another.', system_template: 'You help.' } },
  providers: [{ file: 'providers/model.yaml' }, { file: 'providers/judge.yaml', group: 'judge' }],
  provider_specs: { inline: { id: 'inline', type: 'mock', model: 'm', defaults: sampling } },
  scenarios: [{ file: 'scenarios/talk.yaml' }],
  scenario_specs: {
    short: { id: 'short', task_type: 'other', description: 'Short.', turns: [{ role: 'user', content: 'Hi' }] },
  },
  evals: [{ file: 'evals/old.yaml' }],
  eval_specs: {
    again: {
      id: 'again',
      description: 'Again.',
      recording: { path: 'recordings/old.transcript.yaml', type: 'transcript' },
      conversation_assertions: [{ type: 'contains_any', params: { patterns: ['hello'] } }],
    },
  },
  tools: [{ file: 'tools/lookup.yaml' }, { file: 'tools/weather.yaml' }, { file: 'tools/place.yaml' }],
  tool_specs: {
    erase: {
      name: 'erase',
      description: 'Erases.',
      input_schema: { type: 'object' },
      output_schema: { type: 'object' },
      mode: 'mock',
    },
  },
  judges: [{ name: 'strict', provider: 'judge' }],
  judge_specs: { mild: { name: 'mild', provider: 'judge' } },
  judge_defaults: { prompt: 'judge-simple', prompt_registry: './judge-prompts' },
  defaults: {
    temperature: 0.2,
    max_tokens: 300,
    seed: 7,
    concurrency: 2,
    run_timeout: '2m',
    output: {
      dir: 'out',
      formats: ['json', 'junit', 'markdown', 'html'],
      json: {},
      html: { file: 'report.html' },
      junit: { file: 'junit.xml' },
      markdown: {
        file: 'report.md',
        include_details: true,
        show_overview: true,
        show_results_matrix: true,
        show_failed_tests: true,
        show_cost_summary: false,
      },
      recording: { enabled: true, dir: 'recordings' },
    },
    config_dir: '.',
    fail_on: ['assertion_failure', 'provider_error'],
    verbose: true,
    monitor: { enabled: true, port: 8080 },
    inference: { provider: 'hf', models: { toxicity: 'unitary/toxic-bert' } },
    html_report: 'old.html',
    out_dir: 'old',
    output_formats: ['json'],
    markdown_config: { include_details: true, show_overview: true },
  },
  globals: { conversation_assertions: [assertion] },
  pack_evals: [
    { id: 'polite', type: 'llm_judge_session', trigger: 'on_session_complete', params: { criteria: 'Polite?' } },
  ],
  self_play: {
    enabled: true,
    personas: [{ file: 'personas/caller.yaml' }],
    persona_specs: { guest: { id: 'guest', description: 'A guest.', goals: ['ask'], constraints: [] } },
    roles: [{ id: 'customer', provider: 'judge' }],
  },
  mcp_servers: [
    {
      name: 'files',
      command: 'npx',
      args: ['server'],
      env: { A: 'b' },
      working_dir: '.',
      timeout_ms: 1000,
      tool_filter: { allowlist: ['read'], blocklist: ['write'] },
      scope: 'run',
    },
    { name: 'remote', url: 'http://127.0.0.1:1/mcp', headers: { 'X-A': 'b' }, transport: 'http' },
  ],
  a2a_agents: [
    {
      name: 'weather',
      card: {
        name: 'Weather',
        description: 'Knows the weather.',
        version: '1.0.0',
        protocolVersion: '0.3.0',
        capabilities: { streaming: true },
        defaultInputModes: ['text/plain'],
        defaultOutputModes: ['text/plain'],
        provider: { organization: 'Example' },
        skills: [{ id: 'today', name: 'Today', description: 'Of today.', tags: ['weather'], examples: ['Rain?'] }],
      },
      responses: [
        {
          skill: 'today',
          match: { contains: 'rain' },
          response: { parts: [{ text: 'It rains.' }], contextId: 'c' },
          delay_ms: 5,
        },
      ],
    },
  ],
  workflow: {
    version: 2,
    entry: 'start',
    states: {
      start: {
        prompt_task: 'main',
        description: 'Takes calls.',
        on_event: { Done: 'end' },
        max_visits: 3,
        on_max_visits: 'end',
        artifacts: { note: { type: 'text/plain', description: 'A note.', mode: 'append', required: true } },
        skills: 'none',
        orchestration: 'internal',
        persistence: 'transient',
        metadata: { owner: 'x' },
      },
      end: { prompt_task: 'other', terminal: true, on_event: {} },
    },
    engine: {
      budget: { max_total_visits: 20, max_tool_calls: 30, max_wall_time_sec: 60, warn_at: 0.8 },
      mode: 'strict',
    },
    metadata: { title: 'Support' },
  },
  memory: { enabled: true, type: 'in_memory', scope: 'run', retriever: { limit: 5 } },
  skills: [{ path: 'skills', preload: false, scope: 'session' }],
  state_store: { type: 'memory', ttl: '1h' },
  deploy: { provider: 'example', config: { region: 'eu' } },
  tts_providers: [{ file: 'providers/speech.yaml' }],
  stt_providers: [{ file: 'providers/speech.yaml' }],
  embedding_providers: [{ file: 'providers/embed.yaml' }],
  image_providers: [{ file: 'providers/speech.yaml' }],
  voices: { anna: { provider: 'speech', voice: 'alloy' } },
};
