import { describe, expect, test } from '@jest/globals';
import { jsonSchemaOf } from '../../../src/schema/json-schema.js';
import { see } from '../../helpers/effects.js';

const KINDS: { [kind: string]: Parameters<typeof jsonSchemaOf>[0] } = {
  Document: 'scenario',
  Scenario: 'scenario',
  PromptConfig: 'promptconfig',
  Provider: 'provider',
  Persona: 'persona',
  Arena: 'arena',
};

/** What the schema says of a leaf and of everything that it stands in. */
function descriptionOf(leaf: string): string {
  const [kind = '', ...steps] = leaf.replaceAll('[]', '.items').split('.');
  let node: unknown = jsonSchemaOf(KINDS[kind] ?? 'arena');
  const said: unknown[] = [];
  for (const step of steps) {
    const fields: unknown = step === 'items' ? node : Reflect.get(Object(node), 'properties');
    node = Reflect.get(Object(fields), step);
    said.push(Reflect.get(Object(node), 'description'));
  }
  return said.join(' ');
}

/**
 * Fields that tell people something, or tools that made the file. They cannot change a conversation; the schema must say so, and
 * this is the only way to have none of the effect tests.
 */
describe('notes for people', () => {
  test.each<[leaf: string, value: unknown]>([
    ['Document.$schema', 'https://example.org/schema.json'],
    ['Document.apiVersion', 'example.org/v2'],
    ['Scenario.spec.context_metadata.role', 'agent'],
    ['Scenario.spec.context_metadata.session_goal', 'a refund'],
    ['Scenario.spec.context_metadata.project_stage', 'late'],
    ['PromptConfig.spec.version', 'v2'],
    ['PromptConfig.spec.description', 'Helps.'],
    ['PromptConfig.spec.variables[].description', 'A name.'],
    ['PromptConfig.spec.variables[].example', 'Ada'],
    ['PromptConfig.spec.validators[].fail_on_violation', false],
    ['PromptConfig.spec.media.enabled', true],
    ['PromptConfig.spec.media.supported_types', ['image']],
    ['PromptConfig.spec.media.image.max_size_mb', 1],
    ['PromptConfig.spec.media.image.allowed_formats', ['png']],
    ['PromptConfig.spec.media.image.default_detail', 'low'],
    ['PromptConfig.spec.media.image.max_images_per_msg', 0],
    ['PromptConfig.spec.media.image.max_duration_sec', 1],
    ['PromptConfig.spec.media.image.require_metadata', true],
    ['PromptConfig.spec.media.image.require_caption', true],
    ['PromptConfig.spec.media.audio', { max_size_mb: 1 }],
    ['PromptConfig.spec.media.video', { max_size_mb: 1 }],
    ['PromptConfig.spec.media.document', { max_size_mb: 1 }],
    ['PromptConfig.spec.media.examples[].name', 'a'],
    ['PromptConfig.spec.media.examples[].role', 'user'],
    ['PromptConfig.spec.media.examples[].description', 'A picture.'],
    ['PromptConfig.spec.media.examples[].parts[]', { type: 'text', text: 'a' }],
    ['PromptConfig.spec.tested_models', ['a']],
    ['PromptConfig.spec.metadata', { a: 1 }],
    ['PromptConfig.spec.compilation', { a: 1 }],
    ['Provider.spec.voice', 'v'],
    ['Provider.spec.sample_rate', 8000],
    ['Provider.spec.audio_files', ['a.wav']],
    ['Arena.spec.deploy', { a: 1 }],
  ])('%s changes nothing, and its description says so', async (leaf, value) => {
    const setting = {
      prompt: { variables: [{ name: 'v' }], validators: [{ type: 'max_length', params: { max: 3 } }] },
    };
    const [without, withIt] = [await see(leaf, undefined, setting), await see(leaf, value, setting)];
    expect(withIt.record?.verdict).toBeDefined();
    expect(withIt.requests).toEqual(without.requests);
    expect(withIt.record?.messages).toEqual(without.record?.messages);
    expect(descriptionOf(leaf)).toMatch(
      /for people|othing reads|othing is enforced|changes nothing|is not compared|is the only one read|Notes? of|own notes/i,
    );
  });
});
