import { expect, test } from '@jest/globals';
import { describeBundle } from '../../src/cli/describe-bundle.js';
import { engineBundle } from '../helpers/engine-bundle.js';

test('a bundle is described by what it has', () => {
  const skill = (name: string) => ({ name, description: 'A.', instructions: 'B.' });
  const workflow = { entry: 'a', states: { a: { on_event: { E: 'b' } }, b: {} } };
  const bundle = engineBundle({ tools: { look: {} }, arena: { workflow, skills: [skill('c'), skill('d')] } });
  expect(describeBundle(bundle)).toBe('1 prompt, 1 tool, 2 workflow states, 2 skills');
  expect(describeBundle(engineBundle({}))).toBe('1 prompt');
});
