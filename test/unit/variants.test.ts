import { describe, expect, test } from '@jest/globals';
import { planMatrix } from '../../src/bundle/matrix.js';
import { variantAt, variantCount } from '../../src/bundle/variants.js';
import { PlanIndex } from '../../src/core/plan.js';
import { directPorts } from '../../src/engine/direct-ports.js';
import { holdConversation } from '../../src/engine/hold-conversation.js';
import { prepare } from '../../src/engine/prepare.js';
import { engineBundle, surroundings } from '../helpers/engine-bundle.js';

const user = (content: string, perturbations?: { [key: string]: (string | number)[] }) => ({
  role: 'user',
  content,
  perturbations,
});

describe('variants of a scenario', () => {
  test('are all combinations, the last key changing fastest', () => {
    const spec = { turns: [user('', { a: ['1', '2'] }), user('', { b: ['x', 'y', 'z'] })] };
    expect(variantCount(spec)).toBe(6);
    expect([0, 1, 2, 3, 5].map((index) => variantAt(spec, index))).toEqual([
      { a: '1', b: 'x' },
      { a: '1', b: 'y' },
      { a: '1', b: 'z' },
      { a: '2', b: 'x' },
      { a: '2', b: 'z' },
    ]);
  });

  test('a key that two turns list has the values of both', () => {
    expect(variantCount({ turns: [user('', { a: ['1', '2'] }), user('', { a: ['2', '3'] })] })).toBe(3);
  });

  test('a scenario without any has one, which changes nothing', () => {
    expect(variantCount({})).toBe(1);
    expect(variantAt({ turns: [user('a')] }, 0)).toEqual({});
  });

  test('every trial holds each of them, and the record says which', async () => {
    const bundle = engineBundle({
      vars: { id: 'variable' },
      scenario: { trials: 2, turns: [user('{id} {{id}} {other}', { id: ['A', 7] }), user('again {id}')] },
    });
    const { cells, regions } = planMatrix(bundle);
    const index = new PlanIndex({ schemaVersion: 1, bundle: '', cells, regions });
    const prepared = prepare(bundle, { variables: {} }, surroundings());
    const { signal } = new AbortController();
    const complete = async () => ({ content: 'ok', latencyMs: 0 });
    const held = [];
    for (let item = 0; item < index.size; item += 1) {
      const { messages, perturbation, trial } = await holdConversation(prepared, index.at(item), {
        ...directPorts(new Map(), signal),
        complete,
      });
      held.push([trial, perturbation, messages.filter(({ role }) => role === 'user').map(({ content }) => content)]);
    }
    const a = [{ id: 'A' }, ['A variable {other}', 'again A']];
    const seven = [{ id: 7 }, ['7 variable {other}', 'again 7']];
    expect(held).toEqual([
      [1, ...a],
      [2, ...seven],
      [3, ...a],
      [4, ...seven],
    ]);
  });
});
