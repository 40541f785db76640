import { expect, test } from '@jest/globals';
import { warmUp } from '../../src/warm-up.js';

test('the warm-up holds conversations that pass, so that it warms what a run uses', async () => {
  expect(await warmUp()).toBe(100);
});
