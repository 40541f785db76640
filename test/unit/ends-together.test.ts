import { expect, test } from '@jest/globals';
import { ArenaError } from '../../src/core/errors.js';
import { compileAssertion, evaluateAll } from '../../src/engine/assertions/assertion.js';
import type { CheckOutside } from '../../src/engine/assertions/check.js';
import { outsideOf } from '../helpers/checks.js';
import { bundleWithJudges, judged, type Params, ScriptedJudge, talk } from '../helpers/judges.js';

/** A judge whose first answer is a failure, while the others are still on their way. */
function failingFirst() {
  const state = { asked: 0, inTheAir: 0 };
  const complete: CheckOutside['complete'] = async () => {
    state.asked += 1;
    if (state.asked === 1) throw new ArenaError({ code: 'unauthorized', message: 'no key' });
    state.inTheAir += 1;
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    state.inTheAir -= 1;
    return { content: '{"score": 1}', latencyMs: 1 };
  };
  return { state, complete };
}

test('samples of a judge end together: none is in the air when the check fails', async () => {
  const { state, complete } = failingFirst();
  const params: Params = { criteria: 'Fine.', judge: 'strict', samples: 3 };
  const result = judged('llm_judge', params, new ScriptedJudge([]), { view: talk(), outside: { complete } });
  await result.catch(() => undefined);
  expect(state).toEqual({ asked: 3, inTheAir: 0 });
});

test('checks end together: none is in the air when one fails', async () => {
  const { state, complete } = failingFirst();
  const bundle = bundleWithJudges();
  const one = () =>
    compileAssertion({ type: 'llm_judge', params: { criteria: 'Fine.', judge: 'strict' } }, 'turn', 'a.yaml:1:1', {
      bundle,
    });
  await Promise.resolve(evaluateAll([one(), one(), one()], talk(), outsideOf({ complete }))).catch(() => undefined);
  expect(state).toEqual({ asked: 3, inTheAir: 0 });
});
