/** Compositions that answer in place of a prompt: in a state of the workflow, or for a scenario that names one. */
import { bundlePath } from '../../bundle/bundle-path.js';
import { parseYaml } from '../../bundle/yaml-text.js';
import type { CompositionRecord, JsonValue } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import type { SchemaReference } from '../../schema/composition.js';
import type { FeatureSource } from '../features.js';
import { isObject } from '../json.js';
import { compileSchema, type SchemaCheck } from '../json-schema.js';
import type { Feature, Responder } from '../stage.js';
import { type NamedComposition, runComposition } from './run-composition.js';
import type { Workshop } from './work-step.js';

export function openComposition(source: FeatureSource): Feature | undefined {
  const { arena } = source.prepared.bundle;
  if (arena.spec.compositions === undefined) return undefined;
  const runs: CompositionRecord[] = [];
  const shop = workshopOf(source);
  const respond =
    (composition: NamedComposition): Responder =>
    async (message) => {
      const reply = await runComposition(composition, message, shop);
      if (reply.composition !== undefined) runs.push(reply.composition);
      return reply;
    };
  return {
    tools: () => [],
    trace: () => ({ compositions: runs }),
    responder: () => {
      const composition = compositionNow(source);
      return composition === undefined ? undefined : respond(composition);
    },
  };
}

/** That of the workflow's state; without a workflow that which the scenario's task_type names. */
function compositionNow({ prepared, scenario, state }: FeatureSource): NamedComposition | undefined {
  const { arena, prompts } = prepared.bundle;
  const { workflow, compositions = {} } = arena.spec;
  const task = scenario.spec.task_type ?? '';
  const current = state();
  const own = prompts.has(task) ? undefined : task;
  const name = workflow === undefined ? own : workflow.states[current ?? '']?.composition;
  if (name === undefined || !Object.hasOwn(compositions, name)) return undefined;
  const spec = compositions[name];
  if (spec === undefined) return undefined;
  return { name, spec, place: (path) => arena.at(['spec', 'compositions', name, ...path]) };
}

function workshopOf({ prepared, prompt, model, opening }: FeatureSource): Workshop {
  return {
    model,
    prompt,
    opening,
    tools: (names) => prepared.toolsOf(names),
    schema: (reference) => schemaOf(reference, prepared.bundle.files),
  };
}

/** Schemas of files, each parsed once: a compiled schema is found again by its object. */
const parsed = new WeakMap<Uint8Array, { [key: string]: JsonValue }>();

function schemaOf(reference: NonNullable<SchemaReference>, files: ReadonlyMap<string, Uint8Array>): SchemaCheck {
  const schema = typeof reference === 'string' ? schemaFile(reference, files) : reference;
  try {
    return compileSchema(schema);
  } catch (error) {
    const what = typeof reference === 'string' ? reference : 'a JSON Schema of a composition';
    const message = `${what} cannot be used: ${error instanceof Error ? error.message : String(error)}`;
    throw new ArenaError({ code: 'invalid_input', message });
  }
}

/** The loader has made sure that it is there and a map. */
function schemaFile(written: string, files: ReadonlyMap<string, Uint8Array>): { [key: string]: JsonValue } {
  const path = bundlePath('.', written);
  const bytes = files.get(path);
  const known = bytes === undefined ? undefined : parsed.get(bytes);
  if (known !== undefined) return known;
  const value = bytes === undefined ? undefined : parseYaml(path, bytes).text?.value;
  if (bytes === undefined || !isObject(value)) {
    throw new ArenaError({ code: 'invalid_input', message: `${path} holds no JSON Schema` });
  }
  parsed.set(bytes, value);
  return value;
}
