/** Reading what an API server has been asked, from its audit log. */
import { readFileSync } from 'node:fs';

/** Metadata of all requests but those of the control plane itself, which are many and nobody's subject. */
export const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    users: [system:apiserver, system:kube-controller-manager, system:anonymous]
  - level: None
    nonResourceURLs: ["*"]
  - level: Metadata
`;

export interface ApiRequest {
  /** get, list, watch, create, update, patch, delete, deletecollection. */
  verb: string;
  /** Plural name, e.g. `arenajobs`. */
  resource: string;
  /** E.g. `status`; empty for the object itself. */
  subresource: string;
  namespace: string;
  name: string;
  /** `admin`, or `system:serviceaccount:<namespace>:<name>`. */
  user: string;
  userAgent: string;
  status: number;
  /** When it came, RFC 3339. */
  at: string;
}

/** Each field that is given must be equal. */
export type RequestFilter = Partial<
  Pick<ApiRequest, 'verb' | 'resource' | 'subresource' | 'namespace' | 'name' | 'user'>
>;

interface AuditEvent {
  stage: string;
  verb: string;
  user: { username: string };
  userAgent?: string;
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
  requestReceivedTimestamp: string;
}

export function readAuditLog(file: string, filter: RequestFilter): ApiRequest[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const events = lines.map((line) => JSON.parse(line) as AuditEvent);
  // A watch is told of twice: when its answer begins, and when it ends.
  const counted = events.filter(({ stage, verb }) => (stage === 'ResponseStarted') === (verb === 'watch'));
  const wanted = Object.entries(filter) as [keyof RequestFilter, string][];
  return counted.map(requestOf).filter((request) => wanted.every(([field, value]) => request[field] === value));
}

function requestOf({
  verb,
  user,
  userAgent,
  objectRef,
  responseStatus,
  requestReceivedTimestamp,
}: AuditEvent): ApiRequest {
  const { resource = '', subresource = '', namespace = '', name = '' } = objectRef ?? {};
  return {
    verb,
    resource,
    subresource,
    namespace,
    name,
    user: user.username,
    userAgent: userAgent ?? '',
    status: responseStatus?.code ?? 0,
    at: requestReceivedTimestamp,
  };
}
