import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { planMatrix } from '../../src/bundle/matrix.js';
import { planFaults } from '../../src/engine/plan-faults.js';
import { createOutsideServices } from '../../src/io/outside-services.js';
import { type EngineBundleParts, engineBundle } from '../helpers/engine-bundle.js';

function said(parts: EngineBundleParts, variables = {}): string[] {
  const bundle = engineBundle(parts);
  const { cells, regions } = planMatrix(bundle);
  const faults = planFaults(bundle, cells, regions, { variables, services: createOutsideServices() });
  return faults.map((fault) => `${fault.severity} ${formatFault(fault)}`);
}

/** A document as it stands in a file, so that lines and columns can be read off. */
const prompt = (spec: string) => ({
  'prompt.yaml': `kind: PromptConfig\nmetadata: { name: main }\nspec:\n  task_type: main\n${spec}`,
});
const scenario = (spec: string) => ({
  'talk.yaml': `kind: Scenario\nmetadata: { name: talk }\nspec:\n  task_type: main\n${spec}`,
});

describe('before anything is called', () => {
  test('a sound bundle has no faults', () => {
    expect(said({})).toEqual([]);
  });

  test.each<[string, { [path: string]: string }, string]>([
    [
      'in a block of text',
      prompt(
        '  system_template: |\n    You help {{name}}.\n    Your shop is {{shop}}.\n  variables: [{ name: name, default: Ada }]\n',
      ),
      'error prompt.yaml:7:18 nothing fills {{shop}} in the system prompt',
    ],
    [
      'that came in with a value',
      prompt('  system_template: "{{a}}"\n  variables:\n    - name: a\n      default: "see {{b}}"\n'),
      'error prompt.yaml:8:21 nothing fills {{b}} in the system prompt',
    ],
    [
      'of a turn that the prompt declares',
      {
        ...prompt('  system_template: Hi\n  variables: [{ name: order }]\n'),
        ...scenario('  turns:\n    - role: user\n      content: Where is {{order}}, {{unknown}}?\n'),
      },
      'error talk.yaml:7:25 nothing fills {{order}}, which the prompt declares',
    ],
    [
      'of another model',
      prompt('  system_template: Hi\n  model_overrides:\n    m: { system_template: "Hi {{who}}" }\n'),
      'error prompt.yaml:7:31 nothing fills {{who}} in the system prompt',
    ],
  ])('a placeholder %s is told at its own place', (_, files, fault) => {
    expect(said({ files })).toEqual([expect.stringContaining(fault)]);
  });

  // shows PromptConfig.spec.variables[].binding
  test('a required variable is missed, unless the job gives it', () => {
    const needs = (variable: object) => ({ prompt: { variables: [{ name: 'v', required: true, ...variable }] } });
    expect(said(needs({}))[0]).toMatch(/^error prompt\.yaml:\d+:\d+ required variable "v" has no value, give it in/);
    expect(said(needs({ binding: { kind: 'project' } }))[0]).toContain('no host fills its binding here');
    expect(said(needs({}), { v: 'x' })).toEqual([]);
  });

  test('a placeholder that no prompt declares may be meant', () => {
    expect(said({ scenario: { turns: [{ role: 'user', content: 'Write {{name}} into the form' }] } })).toEqual([]);
  });

  test('each fault is told once, however many regions and providers meet it', () => {
    const bundle = engineBundle({ prompt: { system_template: '{{x}}' }, providers: { other: { type: 'mock' } } });
    const { cells } = planMatrix(bundle);
    const services = createOutsideServices();
    expect(planFaults(bundle, cells, ['a', 'b'], { variables: {}, services })).toHaveLength(1);
  });

  // shows PromptConfig.spec.template_engine.syntax, PromptConfig.spec.template_engine.features, Scenario.spec.context_policy.relevance.provider
  test.each<[EngineBundleParts, string | undefined]>([
    [
      { prompt: { template_engine: { version: 'v1', syntax: '{{variable}}', features: ['basic_substitution'] } } },
      undefined,
    ],
    [{ prompt: { template_engine: { syntax: '<% name %>' } } }, 'templates written as <% name %> are not read'],
    [{ prompt: { template_engine: { features: ['basic_substitution', 'loops'] } } }, 'templates have no loops'],
    [
      { scenario: { context_policy: { strategy: 'relevance', token_budget: 9, relevance: { provider: 'voyageai' } } } },
      'nobody can embed the messages for the strategy relevance',
    ],
    [{ scenario: { context_policy: { strategy: 'relevance', relevance: { provider: 'mock' } } } }, undefined],
    [
      { scenario: { constraints: { max_turns: 1 }, turns: ['a', 'b'].map((content) => ({ role: 'user', content })) } },
      'the scenario has 2 turns, and ends after 1',
    ],
  ])('what an author may not expect is a warning: %j', (parts, warning) => {
    expect(said(parts)).toEqual(
      warning === undefined ? [] : [expect.stringMatching(new RegExp(`^warning .*${warning}`))],
    );
  });
});
