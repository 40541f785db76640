/** The environment of a container, from what its pod says and what that refers to. */
import type { ApiClient } from './api-client.js';
import { type Container, type EnvVar, fieldOf, NotYet, type Pod, type Reference } from './pod.js';

export type Environment = { [name: string]: string };

/** Entries of ConfigMaps and Secrets, as text. */
interface Entries {
  data?: { [key: string]: string };
}

/** As a kubelet makes it: the API server's address, `envFrom`, then `env` with `$(NAME)` put in. */
export async function environmentOf(api: ApiClient, pod: Pod, container: Container, base: Environment) {
  const env: Environment = { ...base };
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const found = {
      ...(configMapRef === undefined ? {} : await entriesOf(api, pod, 'configmaps', configMapRef)),
      ...(secretRef === undefined ? {} : await entriesOf(api, pod, 'secrets', secretRef)),
    };
    for (const [key, value] of Object.entries(found)) env[`${prefix}${key}`] = value.toString('utf8');
  }
  for (const variable of container.env ?? []) {
    const value = await variableOf(api, pod, container, variable, env);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

/** Puts in `$(NAME)`; `$$(NAME)` stands for itself, and so does a name that is not there. */
export function expand(text: string, env: Environment): string {
  return text.replace(/\$\$|\$\(([^)]+)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (env[name] ?? whole),
  );
}

/** What a ConfigMap or a Secret of the pod's namespace holds. */
export async function entriesOf(
  api: ApiClient,
  pod: Pod,
  kind: 'configmaps' | 'secrets',
  { name, optional }: Reference,
) {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/${kind}/${name}`;
  const { status, body } = await api.request<Entries & { binaryData?: Entries['data'] }>('GET', path);
  if (status === 404 && optional === true) return {};
  if (status !== 200) throw new NotYet('CreateContainerConfigError', `${kind.slice(0, -1)} "${name}" not found`);
  const encoded = Object.entries(kind === 'secrets' ? (body.data ?? {}) : (body.binaryData ?? {}));
  const plain = Object.entries(kind === 'secrets' ? {} : (body.data ?? {}));
  return Object.fromEntries<Buffer>([
    ...encoded.map(([key, value]): [string, Buffer] => [key, Buffer.from(value, 'base64')]),
    ...plain.map(([key, value]): [string, Buffer] => [key, Buffer.from(value)]),
  ]);
}

async function variableOf(api: ApiClient, pod: Pod, container: Container, variable: EnvVar, env: Environment) {
  const { value, valueFrom } = variable;
  if (valueFrom === undefined) return expand(value ?? '', env);
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef !== undefined) return fieldOf(pod, fieldRef.fieldPath);
  if (resourceFieldRef !== undefined) {
    const { resource, divisor = '1', containerName = container.name } = resourceFieldRef;
    const of = pod.spec.containers.find(({ name }) => name === containerName) ?? container;
    return resourceOf(of, resource, divisor);
  }
  const reference = secretKeyRef ?? configMapKeyRef;
  if (reference === undefined) return undefined;
  const entries = await entriesOf(api, pod, secretKeyRef === undefined ? 'configmaps' : 'secrets', reference);
  const found = entries[reference.key];
  if (found === undefined && reference.optional !== true) {
    throw new NotYet('CreateContainerConfigError', `couldn't find key ${reference.key} in ${reference.name}`);
  }
  return found?.toString('utf8');
}

const UNITS: { [suffix: string]: number } = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

const amount = (quantity: string): number => {
  const [, digits = '0', suffix = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(quantity) ?? [];
  return Number(digits) * (UNITS[suffix] ?? 1);
};

/** `limits.cpu` and the like, rounded up as a kubelet does. Without a limit: a machine of 2 cores and 4 GiB. */
function resourceOf({ resources = {} }: Container, path: string, divisor: string): string {
  const [list, resource = ''] = path.split('.');
  const given = list === 'limits' ? resources.limits?.[resource] : resources.requests?.[resource];
  const machine: { [resource: string]: string } = { cpu: '2', memory: '4Gi' };
  const value = given ?? (list === 'limits' ? machine[resource] : undefined) ?? '0';
  return String(Math.ceil(amount(value) / amount(divisor === '0' ? '1' : divisor)));
}
