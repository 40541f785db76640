/** As much of a Pod as the kubelet stand-in acts on. */
import type { KubeObject } from './api-client.js';

export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: { phase?: string; containerStatuses?: ContainerStatus[]; podIP?: string; hostIP?: string };
}

export interface PodSpec {
  nodeName?: string;
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  hostNetwork?: boolean;
  restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  terminationGracePeriodSeconds?: number;
  securityContext?: SecurityContext & { fsGroup?: number; supplementalGroups?: number[] };
  initContainers?: Container[];
  containers: Container[];
  volumes?: Volume[];
}

export interface SecurityContext {
  runAsUser?: number;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  readOnlyRootFilesystem?: boolean;
  allowPrivilegeEscalation?: boolean;
}

export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  workingDir?: string;
  env?: EnvVar[];
  envFrom?: { prefix?: string; configMapRef?: Reference; secretRef?: Reference }[];
  ports?: { name?: string; containerPort: number }[];
  volumeMounts?: { name: string; mountPath: string; subPath?: string; readOnly?: boolean }[];
  securityContext?: SecurityContext;
  resources?: { requests?: Quantities; limits?: Quantities };
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
}

type Quantities = { [resource: string]: string };

export interface Reference {
  name: string;
  optional?: boolean;
}

export interface KeyReference extends Reference {
  key: string;
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    fieldRef?: { fieldPath: string };
    resourceFieldRef?: { resource: string; divisor?: string; containerName?: string };
    secretKeyRef?: KeyReference;
    configMapKeyRef?: KeyReference;
  };
}

export interface Probe {
  httpGet?: { path?: string; port: number | string; scheme?: 'HTTP' | 'HTTPS' };
  tcpSocket?: { port: number | string };
  exec?: { command: string[] };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
  successThreshold?: number;
}

interface Items {
  items?: { key: string; path: string }[];
  optional?: boolean;
}

export interface Projection {
  secret?: Items & { name: string };
  configMap?: Items & { name: string };
  serviceAccountToken?: { path: string; audience?: string; expirationSeconds?: number };
  downwardAPI?: { items?: { path: string; fieldRef?: { fieldPath: string } }[] };
}

export interface Volume {
  name: string;
  emptyDir?: object;
  hostPath?: { path: string; type?: string };
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean };
  secret?: Items & { secretName: string };
  configMap?: Items & { name: string };
  downwardAPI?: Projection['downwardAPI'];
  projected?: { sources: Projection[] };
}

export interface ContainerStatus {
  name: string;
  image: string;
  imageID: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: ContainerState;
  lastState: ContainerState;
}

export interface ContainerState {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: { exitCode: number; signal?: number; reason: string; startedAt: string; finishedAt: string };
}

/** `namespace/name`. */
export const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;

/** What keeps a container from being started for now; the kubelet tries again. */
export class NotYet extends Error {
  constructor(
    readonly reason: 'CreateContainerConfigError' | 'ContainerCreating' | 'ErrImagePull',
    message: string,
  ) {
    super(message);
  }
}

/** A field of a pod that it may read about itself. */
export function fieldOf(pod: Pod, path: string): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if ((map === 'labels' || map === 'annotations') && key !== undefined) return pod.metadata[map]?.[key] ?? '';
  const fields: { [path: string]: string | undefined } = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec.nodeName,
    'spec.serviceAccountName': pod.spec.serviceAccountName ?? 'default',
    'status.podIP': '127.0.0.1',
    'status.hostIP': '127.0.0.1',
  };
  const value = fields[path];
  if (value === undefined) throw new NotYet('CreateContainerConfigError', `no field ${path}`);
  return value;
}
