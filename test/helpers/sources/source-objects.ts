/** ArenaSources of one namespace, as a user of kubectl has them. */
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { ArenaSourceStatus } from '../../../src/schema/cluster/arena-source.js';
import type { KubeObject } from '../kube/api-client.js';
import type { ControlPlane } from '../kube/control-plane.js';

export type SourceObject = KubeObject & { status?: ArenaSourceStatus };

export const revisionOf = ({ status }: SourceObject) => status?.artifact?.revision;
export const conditionOf = ({ status }: SourceObject, type: string) =>
  status?.conditions?.find((each) => each.type === type);
export const isReady = (source: SourceObject) =>
  source.status?.phase === 'Ready' && conditionOf(source, 'Ready')?.status === 'True';

export class SourceObjects {
  constructor(
    private readonly plane: ControlPlane,
    readonly namespace: string,
  ) {}

  path(name = ''): string {
    const all = `/apis/omnia.altairalabs.ai/v1alpha1/namespaces/${this.namespace}/arenasources`;
    return name === '' ? all : `${all}/${name}`;
  }

  read(name: string): Promise<SourceObject> {
    return this.plane.admin.get<SourceObject>(this.path(name));
  }

  apply(...items: object[]): Promise<string> {
    return this.plane.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  }

  async change(name: string, patch: object): Promise<void> {
    const { status } = await this.plane.admin.patch(this.path(name), patch);
    if (status !== 200) throw new Error(`${name} cannot be changed (HTTP ${status})`);
  }

  async until(name: string, holds: (source: SourceObject) => boolean, timeoutMs = 20_000): Promise<SourceObject> {
    for (const deadline = Date.now() + timeoutMs; ; ) {
      const source = await this.read(name);
      if (holds(source)) return source;
      if (Date.now() > deadline) throw new Error(`${name} does not come to that: ${JSON.stringify(source.status)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  source(name: string, spec: object): object {
    const metadata = { name, namespace: this.namespace };
    return { apiVersion: 'omnia.altairalabs.ai/v1alpha1', kind: 'ArenaSource', metadata, spec };
  }

  secret(name: string, stringData: object, type = 'Opaque'): object {
    return { apiVersion: 'v1', kind: 'Secret', type, metadata: { name, namespace: this.namespace }, stringData };
  }
}

export async function gzippedArchive(files: { [path: string]: string }): Promise<Buffer> {
  const made = pack();
  for (const [name, text] of Object.entries(files)) made.entry({ name }, text);
  made.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of made as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}
