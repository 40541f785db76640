/** Who may download what a source has fetched: whoever may read the source, as the API server judges. */
import { createHash } from 'node:crypto';
import type { ObjectKey } from '../../src/cluster/cluster-reader.js';
import { GROUP } from '../../src/schema/cluster/object-meta.js';
import type { Clock } from './clock.js';
import type { KubeClient } from './kube-client.js';

export type Access = 'granted' | 'unknown' | 'forbidden' | 'busy';

/** A judgement is good for so long; who loses a right keeps it here for that time at most. */
const FRESH_MS = 10_000;
const MAX_REMEMBERED = 1_000;

/** Questions in flight: strangers must not make us flood the API server. */
const MAX_ASKED = 16;

/** Tokens of service accounts are about 1,000 characters. */
const MAX_TOKEN_LENGTH = 16_384;

export class ArtifactAccess {
  private readonly known = new Map<string, { access: Access; until: number }>();
  private asked = 0;

  constructor(
    private readonly client: Pick<KubeClient, 'review'>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** `unknown`: nobody that the cluster knows. Throws when the API server cannot be asked. */
  async of(token: string, source: ObjectKey): Promise<Access> {
    if (token.length > MAX_TOKEN_LENGTH) return 'unknown';
    // A token is never kept, only what it hashes to.
    const id = createHash('sha256').update([source.namespace, source.name, token].join('\0')).digest('base64');
    const found = this.known.get(id);
    if (found !== undefined && found.until > this.clock.now()) return found.access;
    if (this.asked >= MAX_ASKED) return 'busy';
    this.asked += 1;
    try {
      const access = await this.ask(token, source);
      this.known.delete(id);
      this.known.set(id, { access, until: this.clock.now() + FRESH_MS });
      for (const old of this.known.keys()) {
        if (this.known.size <= MAX_REMEMBERED) break;
        this.known.delete(old);
      }
      return access;
    } finally {
      this.asked -= 1;
    }
  }

  private async ask(token: string, { namespace, name }: ObjectKey): Promise<Access> {
    const review = await this.client.review('/apis/authentication.k8s.io/v1/tokenreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    });
    const status = at(review, 'status');
    if (at(status, 'authenticated') !== true) return 'unknown';
    const user = at(status, 'user');
    const judgement = await this.client.review('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: at(user, 'username'),
        uid: at(user, 'uid'),
        groups: at(user, 'groups'),
        extra: at(user, 'extra'),
        resourceAttributes: { namespace, name, verb: 'get', group: GROUP, resource: 'arenasources' },
      },
    });
    return at(at(judgement, 'status'), 'allowed') === true ? 'granted' : 'forbidden';
  }
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
