/** The examples of the reference documents, field by field: those that are whole objects and those that are parts of one. */
import { agentRef, config, gitSource, job, type Manifest, providerRef } from './manifests.js';

const arena = { namespace: 'arena' };
const ref = (name: string) => ({ sourceRef: { name } });
const s3 = (bucket: string, prefix: string) => ({ output: { type: 's3', s3: { bucket, prefix } } });

const parts: Manifest[] = [
  job('source-ref', ref('my-evaluation-source')),
  job('type', { type: 'evaluation' }),
  job('scenarios', { scenarios: { include: ['scenarios/critical-*.yaml'], exclude: ['*-slow.yaml'] } }),
  job('evaluation', { type: 'evaluation', evaluation: { outputFormats: ['junit', 'json'] } }),
  job('load-test', { type: 'loadtest', loadTest: { rampUp: '1m', duration: '10m', targetRPS: 100 } }),
  job('data-gen', { type: 'datagen', dataGen: { count: 1000, format: 'jsonl' } }),
  job('workers', { workers: { replicas: 10 } }),
  job('autoscaling', { workers: { minReplicas: 2, maxReplicas: 20 } }),
  job('single-provider', { providers: { default: [providerRef('gpt4-prod')] } }),
  job('multiple-providers', {
    providers: { default: [providerRef('gpt4-prod'), providerRef('claude-sonnet'), providerRef('gemini-pro')] },
  }),
  job('judge', {
    providers: {
      default: [providerRef('gpt4-prod'), providerRef('claude-sonnet')],
      judge: [providerRef('claude-opus')],
    },
  }),
  job('agent', { providers: { default: [agentRef('my-support-agent')] } }),
  job('self-play', {
    providers: { selfplay: [providerRef('gpt4-prod'), agentRef('my-agent-v2')], judge: [providerRef('claude-opus')] },
  }),
  job('other-namespace', { providers: { default: [providerRef('shared-gpt4', 'shared-providers')] } }),
  job('tools', { toolRegistries: [{ name: 'production-tools' }] }),
  job('more-tools', { toolRegistries: [{ name: 'core-tools' }, { name: 'billing-tools' }] }),
  job('s3', {
    output: {
      type: 's3',
      s3: {
        bucket: 'arena-results',
        prefix: 'evals/nightly/',
        region: 'us-west-2',
        secretRef: { name: 's3-credentials' },
      },
    },
  }),
  job('pvc', { output: { type: 'pvc', pvc: { claimName: 'arena-results-pvc', subPath: 'evals/' } } }),
  job('schedule', {
    schedule: { cron: '0 2 * * *', timezone: 'America/New_York', concurrencyPolicy: 'Forbid' },
  }),
  job('ttl', { ttlSecondsAfterFinished: 86_400 }),
  config('source-ref', ref('customer-support-prompts')),
  config('scenarios', {
    scenarios: {
      include: ['scenarios/billing-*.yaml', 'scenarios/support-*.yaml'],
      exclude: ['*-wip.yaml', 'scenarios/experimental/*'],
    },
  }),
  config('providers', {
    providers: [{ name: 'claude-sonnet' }, { name: 'gpt-4o' }, { name: 'gemini-pro', namespace: 'shared-providers' }],
  }),
  config('tools', { toolRegistries: [{ name: 'customer-tools' }, { name: 'billing-tools' }] }),
  config('self-play', { selfPlay: { enabled: true, rounds: 3, swapRoles: true } }),
  config('evaluation', {
    evaluation: { metrics: ['latency', 'tokens', 'cost', 'quality'], timeout: '10m', maxRetries: 3, concurrency: 5 },
  }),
  config('suspend', { suspend: true }),
];

const whole: Manifest[] = [
  gitSource('my-prompts', { url: 'https://github.com/acme/prompts', ref: { branch: 'main' } }),
  job('evaluation-run-001', { ...ref('my-prompts'), providers: { default: [providerRef('claude-sonnet')] } }),
  job('evaluation-run-002', {
    ...ref('my-prompts'),
    providers: {
      default: [providerRef('claude-sonnet'), providerRef('gpt-4o'), agentRef('my-custom-agent')],
      judge: [providerRef('claude-opus')],
    },
  }),
  job('production-eval', {
    ...ref('my-source'),
    providers: {
      default: [providerRef('gpt4-prod'), providerRef('claude-sonnet')],
      judge: [providerRef('claude-opus')],
    },
    toolRegistries: [{ name: 'production-tools' }],
    workers: { replicas: 5 },
    ...s3('arena-results', 'evals/'),
  }),
  job('basic-eval', ref('my-config'), arena),
  job(
    'parallel-eval',
    {
      ...ref('provider-comparison'),
      type: 'evaluation',
      evaluation: { outputFormats: ['junit', 'json'] },
      workers: { replicas: 10 },
      ...s3('arena-results', 'evals/parallel/'),
    },
    arena,
  ),
  job(
    'nightly-eval',
    {
      ...ref('production-tests'),
      type: 'evaluation',
      workers: { replicas: 5 },
      ...s3('arena-results', 'evals/nightly/'),
      schedule: { cron: '0 2 * * *', timezone: 'UTC' },
      ttlSecondsAfterFinished: 604_800,
    },
    arena,
  ),
  job(
    'provider-loadtest',
    {
      ...ref('load-test-config'),
      type: 'loadtest',
      loadTest: { rampUp: '2m', duration: '30m', targetRPS: 500 },
      workers: { minReplicas: 5, maxReplicas: 50 },
      ...s3('loadtest-results', 'loadtests/'),
    },
    arena,
  ),
  job(
    'synthetic-data',
    {
      ...ref('datagen-config'),
      type: 'datagen',
      dataGen: { count: 10_000, format: 'jsonl' },
      workers: { replicas: 4 },
      output: { type: 'pvc', pvc: { claimName: 'generated-data', subPath: 'batch-001/' } },
    },
    arena,
  ),
  config(
    'basic-eval',
    { ...ref('my-prompts'), providers: [{ name: 'claude-provider' }], evaluation: { timeout: '5m' } },
    arena,
  ),
  config(
    'provider-comparison',
    {
      ...ref('customer-support-prompts'),
      scenarios: { include: ['scenarios/*.yaml'], exclude: ['*-experimental.yaml'] },
      providers: [{ name: 'claude-sonnet' }, { name: 'gpt-4o' }, { name: 'gemini-pro' }],
      evaluation: { metrics: ['latency', 'tokens', 'cost', 'quality'], timeout: '10m', concurrency: 10 },
    },
    arena,
  ),
  config(
    'debate-eval',
    {
      ...ref('debate-prompts'),
      providers: [{ name: 'claude-sonnet' }],
      selfPlay: { enabled: true, rounds: 5, swapRoles: true },
      evaluation: { timeout: '15m', maxRetries: 2 },
    },
    arena,
  ),
  config(
    'tool-eval',
    {
      ...ref('agent-prompts'),
      providers: [{ name: 'claude-sonnet' }],
      toolRegistries: [{ name: 'search-tools' }, { name: 'calculator-tools' }],
      evaluation: { timeout: '5m', concurrency: 5 },
    },
    arena,
  ),
  job('evaluation-001', ref('provider-comparison'), arena),
];

/** Each is accepted as it is. */
export const specificationManifests: readonly Manifest[] = [...parts, ...whole];
