/** A cluster with Arena in it, a bundle of which jobs can be made, and a model that answers slowly enough to be watched. */

import type { MockScript } from '../../../src/io/mock-server/script.js';
import { type MockServer, startMockServer } from '../../../src/io/mock-server/server.js';
import type { ArenaJobStatus } from '../../../src/schema/cluster/arena-job-status.js';
import { waitFor } from '../wait-for.js';
import type { KubeObject } from './api-client.js';
import { ArenaInCluster } from './arena-in-cluster.js';

export type Job = KubeObject & { status?: ArenaJobStatus };

interface Event {
  type: string;
  reason: string;
  message: string;
  involvedObject: { name: string };
}

/** Of the model; must be found nowhere. */
export const MODEL_KEY = 'model-canary-7c1e9a20b4';

export class JobCluster {
  private constructor(
    readonly arena: ArenaInCluster,
    readonly model: MockServer,
    readonly namespace: string,
  ) {}

  /** @param env of worker and controller @param more answers of the model */
  static async start(
    namespace: string,
    env: { [name: string]: string } = {},
    latencyMs = 100,
    more: NonNullable<MockScript['answers']> = [],
  ): Promise<JobCluster> {
    // Who is told to say no fails its check.
    const answers = [{ when: { user: 'no' }, answer: { text: 'no' } }, ...more];
    const model = await startMockServer({ latencyMs, script: { answers } });
    const arena = await ArenaInCluster.start([namespace], env);
    const cluster = new JobCluster(arena, model, namespace);
    try {
      await cluster.apply(...cluster.basics());
      await cluster.source((status) => status.phase === 'Ready');
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** The same Arena in another of its namespaces, made here, with a bundle of this greeting and a source and model of its own. */
  async beside(namespace: string, greeting: string): Promise<JobCluster> {
    await this.arena.addNamespace(namespace);
    const other = new JobCluster(this.arena, this.model, namespace);
    await other.apply(...other.basics(greeting));
    await other.source((status) => status.phase === 'Ready');
    return other;
  }

  async stop(): Promise<void> {
    await this.arena.stop();
    await this.model.close();
  }

  /** As a user does it. */
  apply(...objects: object[]): Promise<unknown> {
    return this.arena.plane.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  }

  object(kind: string, name: string, spec: object, metadata: object = {}): object {
    const apiVersion = 'omnia.altairalabs.ai/v1alpha1';
    return { apiVersion, kind, metadata: { name, namespace: this.namespace, ...metadata }, spec };
  }

  /** An evaluation of the bundle: two scenarios that pass, and `refused`, which does not. */
  job(name: string, spec: object = {}, metadata: object = {}): object {
    const defaults = { sourceRef: { name: 'prompts' }, providers: { default: [{ providerRef: { name: 'model' } }] } };
    return this.object('ArenaJob', name, { ...defaults, ...spec }, metadata);
  }

  read(name: string): Promise<Job> {
    return this.arena.plane.admin.get<Job>(this.path(name));
  }

  async exists(name: string): Promise<boolean> {
    return (await this.arena.plane.admin.request('GET', this.path(name))).status === 200;
  }

  async patch(name: string, patch: object): Promise<Job> {
    const { status, body } = await this.arena.plane.admin.patch<Job>(this.path(name), patch);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  }

  remove(name: string): Promise<unknown> {
    return this.arena.plane.admin.request('DELETE', this.path(name));
  }

  /** The status, as soon as it is as wanted. */
  async until(name: string, holds: (status: ArenaJobStatus) => boolean, timeoutMs = 40_000): Promise<ArenaJobStatus> {
    let last: ArenaJobStatus | undefined;
    try {
      return await waitFor(
        `job ${name}`,
        async () => {
          last = (await this.read(name)).status;
          return last !== undefined && holds(last) ? last : undefined;
        },
        timeoutMs,
      );
    } catch (error) {
      throw new Error(`${String(error)}\n${JSON.stringify(last, null, 1)}`);
    }
  }

  ended(name: string, timeoutMs?: number): Promise<ArenaJobStatus> {
    return this.until(name, (status) => conditionOf(status, 'Finished')?.status === 'True', timeoutMs);
  }

  /** Reasons of the Events of a job, in order. */
  async events(name: string): Promise<Event[]> {
    const path = `/api/v1/namespaces/${this.namespace}/events`;
    const { items } = await this.arena.plane.admin.get<KubeObject & { items: Event[] }>(path);
    return items.filter(({ involvedObject }) => involvedObject.name === name);
  }

  private path(name: string): string {
    return `/apis/omnia.altairalabs.ai/v1alpha1/namespaces/${this.namespace}/arenajobs/${name}`;
  }

  async source(holds: (status: { phase?: string; artifact?: { digest?: string; revision: string } }) => boolean) {
    const path = `/apis/omnia.altairalabs.ai/v1alpha1/namespaces/${this.namespace}/arenasources/prompts`;
    return waitFor('the source', async () => {
      const { status } = await this.arena.plane.admin.get<KubeObject & { status?: { phase?: string } }>(path);
      return status !== undefined && holds(status) ? status : undefined;
    });
  }

  /** Has the source looked at now. */
  async annotateSource(value: string): Promise<void> {
    const path = `/apis/omnia.altairalabs.ai/v1alpha1/namespaces/${this.namespace}/arenasources/prompts`;
    await this.arena.plane.admin.patch(path, { metadata: { annotations: { 'arena.dev/reconcile-at': value } } });
  }

  /** The bundle in its ConfigMap; another greeting makes another revision. */
  bundle(greeting = 'Good morning!'): object {
    const metadata = { name: 'prompts-bundle', namespace: this.namespace };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: bundleFiles(greeting) };
  }

  private basics(greeting?: string): object[] {
    const secret = { name: 'model-key', namespace: this.namespace };
    return [
      this.bundle(greeting),
      { apiVersion: 'v1', kind: 'Secret', metadata: secret, stringData: { key: MODEL_KEY } },
      this.object('ArenaSource', 'prompts', {
        type: 'configmap',
        configMap: { name: 'prompts-bundle' },
        interval: '1h',
      }),
      this.provider('model', 'm-1'),
    ];
  }

  /** The model under another name, by which it may answer in another way. */
  provider(name: string, model: string): object {
    const credential = { secretRef: { name: 'model-key', key: 'key' } };
    return this.object('Provider', name, { type: 'openai', model, baseURL: this.model.url, credential });
  }
}

export function conditionOf({ conditions }: ArenaJobStatus, type: string) {
  return conditions?.find((condition) => condition.type === type);
}

const API = 'apiVersion: promptkit.altairalabs.ai/v1alpha1';

function bundleFiles(greeting: string): { [key: string]: string } {
  const scenario = (name: string, text: string): string => `${API}
kind: Scenario
metadata: { name: ${name} }
spec:
  id: ${name}
  task_type: greeter
  description: Says something
  turns:
    - role: user
      content: ${JSON.stringify(text)}
      assertions:
        - { type: min_length, params: { min: 5 }, message: Somebody answers }
`;
  return {
    'config.arena.yaml': `${API}
kind: Arena
metadata: { name: greetings }
spec:
  prompt_configs: [{ id: greeter, file: prompts/greeter.prompt.yaml }]
  providers: []
  scenarios:
    - file: scenarios/morning.scenario.yaml
    - file: scenarios/hours.scenario.yaml
    - file: scenarios/refused.scenario.yaml
  defaults: { temperature: 0, max_tokens: 100, concurrency: 4 }
`,
    'prompts__greeter.prompt.yaml': `${API}
kind: PromptConfig
metadata: { name: greeter }
spec: { task_type: greeter, version: v1.0.0, description: Front desk, system_template: Greet people. }
`,
    'scenarios__morning.scenario.yaml': scenario('morning', greeting),
    'scenarios__hours.scenario.yaml': scenario('hours', 'When are you open?'),
    'scenarios__refused.scenario.yaml': scenario('refused', 'Say no'),
  };
}
