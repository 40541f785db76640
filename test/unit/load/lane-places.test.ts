import { describe, expect, test } from '@jest/globals';
import { LanePlaces } from '../../../activities/load/lane-places.js';

describe('the places of a process', () => {
  test('take the first lane at once, and leave a second one to others a few times', () => {
    let now = 0;
    const places = new LanePlaces(() => now);
    const giveBack = places.take('job/1', 0, false);
    const tries = Array.from({ length: 3 }, () => {
      now += 500;
      try {
        places.take('job/1', 1, false);
        return 'taken';
      } catch {
        return 'left';
      }
    });
    expect(tries).toEqual(['left', 'left', 'taken']);
    giveBack();
  });

  test('are free again when lanes have ended, and other runs have their own', () => {
    const places = new LanePlaces(() => 0);
    places.take('job/1', 0, false)();
    places.take('job/1', 1, false);
    places.take('job/2', 0, false);
    expect(() => places.take('job/1', 2, false)).toThrow('another one may take this part');
    expect(() => places.take('job/1', 1, true)).not.toThrow();
  });

  test('leave a lane to others again that has been elsewhere since', () => {
    let now = 0;
    const places = new LanePlaces(() => now);
    places.take('job/1', 0, false);
    const left = (): boolean => {
      try {
        places.take('job/1', 1, false);
        return false;
      } catch {
        return true;
      }
    };
    expect([left(), left()]).toEqual([true, true]);
    now = 20_000;
    expect(left()).toBe(true);
  });
});
