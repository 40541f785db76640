import { describe, expect, test } from '@jest/globals';
import { ControllerMetrics } from '../../k8s/controller/metrics.js';
import type { KubeObject } from '../../k8s/controller/ports.js';

const measured = {
  ...{ model: 'open', target: '100', rps: '99.8', lanes: '2', inFlight: '212', lastEventAt: '2026-11-20T12:00:00Z' },
  ...{ requests: '1000', failedRequests: '30', rateLimitedRequests: '20', unknownRequests: '3' },
  ...{ conversations: '400', turns: '800', inputTokens: '900', outputTokens: '100' },
  ...{ 'error:rate_limited': '20', 'error:call_timeout': '10', waitP50Ms: '0', waitP95Ms: '12', waitP99Ms: '80' },
  ...{ droppedConversations: '4', latencyP50Ms: '640', latencyP95Ms: '1900', latencyP99Ms: '3400', costUsd: '4.1000' },
};

const job = (name: string, status: object): KubeObject => ({
  apiVersion: 'omnia.altairalabs.ai/v1alpha1',
  kind: 'ArenaJob',
  metadata: {
    ...{ name, namespace: 'shop', uid: name, generation: 1, resourceVersion: '1' },
    creationTimestamp: '2026-11-20T12:00:00Z',
  },
  status,
});

async function told(...jobs: KubeObject[]): Promise<string[]> {
  const metrics = new ControllerMetrics();
  const queue = { depth: 0, waiting: 0 };
  metrics.observe({ counts: () => ({}), jobs: () => jobs, sources: () => [], queue, leads: () => true });
  return (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('arena_load_'));
}

describe('the figures of a load test', () => {
  test('are those of its status', async () => {
    const of = 'namespace="shop",job="load"';
    expect(await told(job('load', { phase: 'Running', load: measured }))).toEqual([
      `arena_load_errors{${of},code="rate_limited"} 20`,
      `arena_load_errors{${of},code="call_timeout"} 10`,
      `arena_load_target{${of}} 100`,
      `arena_load_requests_per_second{${of}} 99.8`,
      `arena_load_in_flight{${of}} 212`,
      `arena_load_lanes{${of}} 2`,
      `arena_load_requests{${of},outcome="passed"} 970`,
      `arena_load_requests{${of},outcome="failed"} 10`,
      `arena_load_requests{${of},outcome="rate_limited"} 20`,
      `arena_load_requests{${of},outcome="unknown"} 3`,
      `arena_load_conversations{${of}} 400`,
      `arena_load_turns{${of}} 800`,
      `arena_load_tokens{${of},direction="input"} 900`,
      `arena_load_tokens{${of},direction="output"} 100`,
      `arena_load_dropped_conversations{${of}} 4`,
      `arena_load_cost_usd{${of}} 4.1`,
      `arena_load_latency_seconds{${of},quantile="0.5"} 0.64`,
      `arena_load_latency_seconds{${of},quantile="0.95"} 1.9`,
      `arena_load_latency_seconds{${of},quantile="0.99"} 3.4`,
      `arena_load_wait_seconds{${of},quantile="0.5"} 0`,
      `arena_load_wait_seconds{${of},quantile="0.95"} 0.012`,
      `arena_load_wait_seconds{${of},quantile="0.99"} 0.08`,
    ]);
  });

  test('tell of no load when it has ended, and of what was measured', async () => {
    const names = (await told(job('load', { phase: 'Succeeded', load: measured }))).map((line) => line.split('{')[0]);
    expect(new Set(names)).toEqual(
      new Set([
        'arena_load_errors',
        'arena_load_requests',
        'arena_load_conversations',
        'arena_load_turns',
        'arena_load_tokens',
        'arena_load_wait_seconds',
        'arena_load_dropped_conversations',
        'arena_load_cost_usd',
        'arena_load_latency_seconds',
      ]),
    );
  });

  test.each<[string, object]>([
    ['of another type', { phase: 'Running', progress: { total: 5 } }],
    ['without a status', {}],
  ])('are none of a job %s', async (_, status) => {
    expect(await told(job('other', status))).toEqual([]);
  });
});
