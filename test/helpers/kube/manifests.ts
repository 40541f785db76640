/** What kustomize and Helm make of the shipped manifests. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from './api-client.js';
import { part } from './part.js';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const CHART = 'k8s/manifests/chart';

export async function kustomize(folder: string): Promise<string> {
  return (await run(part('kubectl'), ['kustomize', folder], { maxBuffer: MAX_OUTPUT_BYTES })).stdout;
}

/** `helm template` for the namespace arena-system; rejects with Helm's words when it refuses the values. */
export async function helmTemplate(values: readonly string[] = []): Promise<string> {
  const args = ['template', 'arena', CHART, '--namespace', 'arena-system', '--kube-version', '1.36', ...values];
  return (await run(part('helm'), args, { maxBuffer: MAX_OUTPUT_BYTES })).stdout;
}

export function objectsOf<T extends KubeObject = KubeObject>(yaml: string): T[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    const object: unknown = document.toJSON();
    return object === null || object === undefined ? [] : [object as T];
  });
}

export const nameIn = ({ kind, metadata }: KubeObject): string =>
  [kind, metadata.namespace, metadata.name].filter(Boolean).join('/');
