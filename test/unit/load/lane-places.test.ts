import { describe, expect, test } from '@jest/globals';
import { LanePlaces } from '../../../activities/load/lane-places.js';

const FRESH = { begun: false, spare: false };
const SPARE = { begun: false, spare: true };

describe('the places of a process', () => {
  test('take the first lane at once, and leave a second one to others a few times', () => {
    let now = 0;
    const places = new LanePlaces(() => now);
    const giveBack = places.take('job/1', 0, FRESH);
    const tries = Array.from({ length: 3 }, () => {
      now += 500;
      try {
        places.take('job/1', 1, FRESH);
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
    places.take('job/1', 0, FRESH)();
    places.take('job/1', 1, FRESH);
    places.take('job/2', 0, FRESH);
    expect(() => places.take('job/1', 2, FRESH)).toThrow('another one may take this part');
    expect(() => places.take('job/1', 1, { begun: true, spare: false })).not.toThrow();
  });

  test('leave a lane to others again that has been elsewhere since', () => {
    let now = 0;
    const places = new LanePlaces(() => now);
    places.take('job/1', 0, FRESH);
    const left = (): boolean => {
      try {
        places.take('job/1', 1, FRESH);
        return false;
      } catch {
        return true;
      }
    };
    expect([left(), left()]).toEqual([true, true]);
    now = 20_000;
    expect(left()).toBe(true);
  });

  test('leave a spare lane to others for ever, and take it when they have none', () => {
    let now = 0;
    const places = new LanePlaces(() => now);
    const giveBack = places.take('job/1', 0, FRESH);
    for (let turn = 0; turn < 20; turn += 1) {
      now += 1_000;
      expect(() => places.take('job/1', 2, SPARE)).toThrow('another one may take this part');
    }
    giveBack();
    expect(() => places.take('job/1', 2, SPARE)).not.toThrow();
  });

  test('take what made load before at once, also when it was a spare lane', () => {
    const places = new LanePlaces(() => 0);
    places.take('job/1', 0, FRESH);
    expect(() => places.take('job/1', 1, { begun: true, spare: false })).not.toThrow();
    expect(() => places.take('job/1', 2, { begun: true, spare: true })).not.toThrow();
  });
});
