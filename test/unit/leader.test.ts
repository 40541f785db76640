import { describe, expect, test } from '@jest/globals';
import { KubeError } from '../../k8s/controller/kube-http.js';
import { LeaderElection } from '../../k8s/controller/leader.js';
import type { KubeObject } from '../../k8s/controller/ports.js';
import { ManualClock, settled } from '../helpers/kube/manual-clock.js';
import { noLog } from '../helpers/kube/recorded-watch.js';

const LEASE = { namespace: 'arena', name: 'arena-controller' };

/** The API server, as far as Leases go: versions, conflicts, and times without an answer. */
class Leases {
  lease: KubeObject | undefined;
  down: 'no' | 'refuses' | 'hangs' = 'no';
  writes = 0;

  async get(): Promise<KubeObject | undefined> {
    await this.answer();
    return structuredClone(this.lease);
  }

  async create(_kind: string, _namespace: string, body: object): Promise<KubeObject> {
    await this.answer();
    if (this.lease !== undefined) throw new KubeError('exists', 409, 'AlreadyExists');
    return this.write(body);
  }

  async replace(_kind: string, _key: object, body: object): Promise<KubeObject> {
    await this.answer();
    const { resourceVersion } = (body as KubeObject).metadata;
    if (this.lease?.metadata.resourceVersion !== resourceVersion) throw new KubeError('changed', 409, 'Conflict');
    return this.write(body);
  }

  get holder(): string | undefined {
    return (this.lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity;
  }

  private async answer(): Promise<void> {
    if (this.down === 'refuses') throw new KubeError('no answer');
    if (this.down === 'hangs') await new Promise(() => undefined);
  }

  private write(body: object): KubeObject {
    this.writes += 1;
    const written = structuredClone(body) as KubeObject;
    written.metadata = { ...written.metadata, resourceVersion: String(this.writes) };
    this.lease = written;
    return written;
  }
}

function candidate(leases: Leases, clock: ManualClock, identity: string, skewMs = 0) {
  const told: string[] = [];
  const scope = new AbortController();
  const election = new LeaderElection({
    client: leases,
    lease: LEASE,
    identity,
    clock: { ...bound(clock), now: () => clock.now() + skewMs },
    log: noLog,
    onLead: () => told.push('leads'),
    onLose: () => told.push('loses'),
  });
  const ended = election.run(scope.signal);
  const stop = async (): Promise<void> => {
    scope.abort();
    await ended;
  };
  return { election, told, stop };
}

const bound = (clock: ManualClock) => ({
  after: clock.after.bind(clock),
  random: clock.random.bind(clock),
});

describe('the leader election', () => {
  test('the first one leads and renews, the second stands by', async () => {
    const [leases, clock] = [new Leases(), new ManualClock()];
    const first = candidate(leases, clock, 'first');
    await settled();
    const second = candidate(leases, clock, 'second');
    await clock.pass(60_000);
    expect([first.told, second.told, leases.holder]).toEqual([['leads'], [], 'first']);
    expect(leases.writes).toBe(61);
    await Promise.all([first.stop(), second.stop()]);
  });

  test('a stand-by takes over at once what is given back, and within five seconds what a dead one held', async () => {
    const [leases, clock] = [new Leases(), new ManualClock()];
    const first = candidate(leases, clock, 'first');
    await settled();
    const second = candidate(leases, clock, 'second');
    await clock.pass(10_000);
    await first.stop();
    await first.election.release();
    await clock.pass(1_000);
    expect([second.told, leases.holder]).toEqual([['leads'], 'second']);
    const third = candidate(leases, clock, 'third');
    await clock.pass(3_000);
    // As by SIGKILL: no release.
    await second.stop();
    await clock.pass(3_900);
    expect(third.told).toEqual([]);
    await clock.pass(1_100);
    expect([third.told, leases.holder]).toEqual([['leads'], 'third']);
    await third.stop();
  });

  test('one of the same name goes on with its Lease at once', async () => {
    const [leases, clock] = [new Leases(), new ManualClock()];
    const before = candidate(leases, clock, 'pod-1');
    await settled();
    await before.stop();
    const after = candidate(leases, clock, 'pod-1');
    await settled();
    expect(after.told).toEqual(['leads']);
    await after.stop();
  });

  test.each(['refuses', 'hangs'] as const)('who cannot renew steps back before its time is over (%s)', async (down) => {
    const [leases, clock] = [new Leases(), new ManualClock()];
    const first = candidate(leases, clock, 'first');
    await clock.pass(5_000);
    leases.down = down;
    await clock.pass(2_000);
    expect(first.told).toEqual(['leads']);
    await clock.pass(3_000);
    expect(first.told).toEqual(['leads', 'loses']);
    leases.down = 'no';
    await clock.pass(3_000);
    expect(first.told).toEqual(['leads', 'loses', 'leads']);
    await first.stop();
  });

  test('who finds another holder steps back at once', async () => {
    const [leases, clock] = [new Leases(), new ManualClock()];
    const first = candidate(leases, clock, 'first');
    await clock.pass(1_000);
    const { lease } = leases;
    if (lease === undefined) throw new Error('no Lease');
    const renewTime = new Date(clock.now() + 60_000).toISOString();
    await leases.replace('Lease', LEASE, {
      ...lease,
      spec: { holderIdentity: 'thief', leaseDurationSeconds: 4, renewTime },
    });
    await clock.pass(1_000);
    expect(first.told).toEqual(['leads', 'loses']);
    await first.stop();
    await first.election.release();
    expect(leases.holder).toBe('thief');
  });

  test('a holder whose clock runs ahead does not keep a Lease that nobody renews', async () => {
    const [leases, clock] = [new Leases(), new ManualClock()];
    const ahead = candidate(leases, clock, 'ahead', 3_600_000);
    await settled();
    const second = candidate(leases, clock, 'second');
    await clock.pass(5_000);
    expect(second.told).toEqual([]);
    await ahead.stop();
    await clock.pass(6_000);
    expect(second.told).toEqual(['leads']);
    await second.stop();
  });
});
