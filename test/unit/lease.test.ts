import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type HeartbeatAnswer, Lease } from '../../activities/shard/lease.js';

function leaseWith(answers: HeartbeatAnswer[]) {
  const events: string[] = [];
  const lease = new Lease({
    beat: async () => answers.shift() ?? 'unreachable',
    timeoutMs: 10_000,
    intervalMs: 1000,
    onCancelRequested: () => events.push('cancel'),
    onLost: () => events.push('lost'),
  });
  lease.start();
  return { lease, events };
}

describe('a lease', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test('stays fresh while heartbeats are acknowledged', async () => {
    jest.useFakeTimers();
    const { lease } = leaseWith(Array.from({ length: 20 }, () => 'acknowledged'));
    await jest.advanceTimersByTimeAsync(15_000);
    expect(lease.fresh).toBe(true);
    lease.stop();
  });

  test('goes stale when the last acknowledgement is older than half the timeout', async () => {
    jest.useFakeTimers();
    const { lease } = leaseWith(['acknowledged']);
    await jest.advanceTimersByTimeAsync(5_900);
    expect(lease.fresh).toBe(true);
    await jest.advanceTimersByTimeAsync(300);
    expect(lease.fresh).toBe(false);
    lease.stop();
  });

  test('comes back when the server answers again', async () => {
    jest.useFakeTimers();
    const silence: HeartbeatAnswer[] = Array.from({ length: 7 }, () => 'unreachable');
    const { lease } = leaseWith([...silence, 'acknowledged']);
    await jest.advanceTimersByTimeAsync(7_500);
    expect(lease.fresh).toBe(false);
    const change = lease.change();
    await jest.advanceTimersByTimeAsync(1000);
    await change;
    expect(lease.fresh).toBe(true);
    lease.stop();
  });

  test('is stale at once after the process stood still, before any heartbeat', () => {
    jest.useFakeTimers();
    const { lease } = leaseWith([]);
    jest.setSystemTime(Date.now() + 20_000);
    expect(lease.fresh).toBe(false);
    lease.stop();
  });

  test('is lost when the server does not know the attempt any more', async () => {
    jest.useFakeTimers();
    const { lease, events } = leaseWith(['lost']);
    await jest.advanceTimersByTimeAsync(1000);
    expect(events).toEqual(['lost']);
    expect(lease.fresh).toBe(false);
  });

  test('is given up after three timeouts of silence', async () => {
    jest.useFakeTimers();
    const { events } = leaseWith([]);
    await jest.advanceTimersByTimeAsync(32_000);
    expect(events).toEqual(['lost']);
  });
});
