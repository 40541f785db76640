/**
 * How the service of a tool is called where a registry of a cluster says more than a bundle can. Plain data that stands in
 * plans: it names Secrets and holds none.
 */

export interface ToolAccess {
  auth?: ToolAuth;
  retry?: RetryPolicy;
}

export type ToolAuth = {
  /** Nobody else is shown the credentials, whatever address arguments or documents lead to. */
  origin: string;
} & (
  | { type: 'bearer'; secret: ToolSecret; key: string }
  /** A Secret with `username` and `password`. */
  | { type: 'basic'; secret: ToolSecret }
  /** A token that the installation gives to its workers for tools. */
  | { type: 'serviceAccount' }
);

export interface ToolSecret {
  name: string;
  /** That of the registry, whoever uses it. */
  namespace: string;
}

/** When a call is made again, and how long it waits before. */
export interface RetryPolicy {
  /** Tries in all, 1..10. */
  maxAttempts: number;
  initialBackoffMs: number;
  /** Each further wait is so many times longer. */
  backoffMultiplier: number;
  maxBackoffMs: number;
  /** HTTP statuses. */
  retryOn: number[];
  /** What `Retry-After` asks for is waited. More than `maxBackoffMs` is not: the answer stands then. */
  respectRetryAfter: boolean;
}
