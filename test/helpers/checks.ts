import type { AssertionResult } from '../../src/core/conversation.js';
import type { OutsideServices } from '../../src/core/outside-services.js';
import { type Assertion, compileAssertion } from '../../src/engine/assertions/assertion.js';
import type { CheckOutside, CheckSetup } from '../../src/engine/assertions/check.js';
import type { ConversationView } from '../../src/engine/assertions/view.js';
import { directPorts } from '../../src/engine/direct-ports.js';
import type { AssertionSpec } from '../../src/schema/assertion.js';
import { engineBundle } from './engine-bundle.js';

/** Services that a test does not expect to be used. */
export const noServices: OutsideServices = {
  http: () => Promise.reject(new Error('no web service here')),
  askAgent: () => Promise.reject(new Error('no agent here')),
  agentCard: () => Promise.reject(new Error('no agent here')),
  embed: () => Promise.reject(new Error('no embeddings here')),
  env: () => undefined,
};

let setup: CheckSetup | undefined;

/** A check of the bundle that tests use. */
export function compiled(spec: AssertionSpec, source = 'a.yaml:1:1'): Assertion {
  setup ??= { bundle: engineBundle({}) };
  return compileAssertion(spec, 'turn', source, setup);
}

/** What checks reach, as far as a test says. */
export function outsideOf(parts: Partial<CheckOutside> = {}): CheckOutside {
  const { complete, perform, now, signal } = directPorts(new Map(), new AbortController().signal);
  return { complete, perform, now, signal, services: noServices, tools: new Map(), scenario: 'talk', ...parts };
}

/** The result of a check that asks nobody. */
export function evaluateNow(assertion: Assertion, view: ConversationView): AssertionResult {
  const result = assertion.evaluate(view, outsideOf());
  if (result instanceof Promise) throw new Error('the check does not answer at once');
  return result;
}
