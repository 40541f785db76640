/**
 * Of several controllers one works: the holder of a Lease. The others are ready to take over when it says no more for as
 * long as the Lease lasts, or at once when it gives the Lease back.
 */
import type { ObjectKey } from '../../src/cluster/cluster-reader.js';
import { type Clock, pause } from './clock.js';
import type { KubeClient } from './kube-client.js';
import { KubeError } from './kube-http.js';
import type { KubeObject, ReconcilerDeps } from './ports.js';

export interface LeaderOptions {
  client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  /** The Lease. */
  lease: ObjectKey;
  /** Who this is: no other process that lives may be called so. */
  identity: string;
  clock: Clock;
  log: ReconcilerDeps['log'];
  onLead(): void;
  onLose(): void;
}

/** So long a holder may be silent. */
const LEASE_MS = 4_000;
/** So long it goes on without having been able to renew; the rest of the Lease is for what it has begun. */
const RENEW_WITHIN_MS = 3_000;
const TRY_EVERY_MS = 1_000;
/** A call to the API server is given up after this, so that one that hangs does not hide that time passes. */
const CALL_MS = 1_500;
/** By how much the clocks of two nodes may differ before a Lease that looks run out is believed to be. */
const SKEW_MS = 500;

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

export class LeaderElection {
  private holds = false;
  private renewedAt = Number.NEGATIVE_INFINITY;
  private observed: { version: string; at: number } | undefined;
  private lastTrouble: string | undefined;

  constructor(private readonly options: LeaderOptions) {}

  get leads(): boolean {
    return this.holds;
  }

  /** Until the signal; never throws. The Lease is kept at the end: `release` gives it back. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, identity, lease } = this.options;
    while (!signal.aborted) {
      const got = await this.attempt();
      if (signal.aborted) return;
      if (got && !this.holds) {
        this.holds = true;
        log.info({ identity, lease: `${lease.namespace}/${lease.name}` }, 'this controller leads');
        this.options.onLead();
      } else if (!got && this.holds && this.hasLost()) {
        this.holds = false;
        log.warn(
          { identity, why: this.lastTrouble ?? 'another controller has the Lease' },
          'this controller leads no more',
        );
        this.options.onLose();
      }
      await pause(clock, TRY_EVERY_MS, signal);
    }
  }

  /** Gives the Lease back, so that another need not wait for its end. */
  async release(): Promise<void> {
    if (!this.holds) return;
    this.holds = false;
    const { client, lease, identity } = this.options;
    const found = await client.get('Lease', lease);
    const spec = found === undefined ? undefined : specOf(found);
    if (found === undefined || spec?.holderIdentity !== identity) return;
    await client.replace('Lease', lease, { ...found, spec: { ...spec, holderIdentity: '', leaseDurationSeconds: 1 } });
  }

  private hasLost(): boolean {
    return this.renewedAt === Number.NEGATIVE_INFINITY || this.options.clock.now() - this.renewedAt >= RENEW_WITHIN_MS;
  }

  /** True when the Lease is ours from now on, or still. */
  private async attempt(): Promise<boolean> {
    const began = this.options.clock.now();
    try {
      const got = await this.within(this.acquire(began));
      if (got) this.renewedAt = began;
      // Somebody else has it: there is no grace.
      else this.renewedAt = Number.NEGATIVE_INFINITY;
      this.lastTrouble = undefined;
      return got;
    } catch (error) {
      // Somebody wrote it between our look and our write: the next try sees who.
      if (error instanceof KubeError && error.status === 409) return false;
      this.complain(error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  private async acquire(now: number): Promise<boolean> {
    const { client, lease, identity } = this.options;
    const mine = { holderIdentity: identity, leaseDurationSeconds: LEASE_MS / 1000, renewTime: microTime(now) };
    const found = await client.get('Lease', lease);
    if (found === undefined) {
      const spec: LeaseSpec = { ...mine, acquireTime: microTime(now), leaseTransitions: 0 };
      await client.create('Lease', lease.namespace, { metadata: lease, spec });
      return true;
    }
    const spec = specOf(found);
    const isMine = spec.holderIdentity === identity;
    if (!isMine && !this.isFree(found, spec, now)) return false;
    const taken = isMine ? {} : { acquireTime: microTime(now), leaseTransitions: (spec.leaseTransitions ?? 0) + 1 };
    await client.replace('Lease', lease, { ...found, spec: { ...spec, ...taken, ...mine } });
    return true;
  }

  /**
   * Free when nobody holds it, when its time is over by the clocks, or when it has not changed for that long before our own
   * eyes, whatever the clocks say.
   */
  private isFree(found: KubeObject, spec: LeaseSpec, now: number): boolean {
    if (!spec.holderIdentity) return true;
    const lastsMs = (spec.leaseDurationSeconds ?? LEASE_MS / 1000) * 1000;
    const renewed = Date.parse(spec.renewTime ?? '');
    if (Number.isNaN(renewed) || renewed + lastsMs + SKEW_MS < now) return true;
    const version = found.metadata.resourceVersion;
    if (this.observed?.version !== version) this.observed = { version, at: now };
    return now - this.observed.at > lastsMs;
  }

  private async within(attempt: Promise<boolean>): Promise<boolean> {
    let callOff = (): void => undefined;
    const timeout = new Promise<never>((_, reject) => {
      callOff = this.options.clock.after(CALL_MS, () => reject(new Error('the API server is slow to answer')));
    });
    try {
      return await Promise.race([attempt, timeout]);
    } finally {
      callOff();
      attempt.catch(() => undefined);
    }
  }

  private complain(trouble: string): void {
    if (this.lastTrouble !== trouble) {
      this.options.log.warn({ why: trouble }, 'the Lease cannot be renewed; tried again and again');
    }
    this.lastTrouble = trouble;
  }
}

const specOf = (lease: KubeObject): LeaseSpec => (lease.spec ?? {}) as LeaseSpec;

/** Kubernetes wants six digits behind the second. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
