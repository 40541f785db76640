/** What a bundle takes from the PromptPack file that its Arena file names: whatever its own documents lack. */
import { posix } from 'node:path';
import type { ArenaSpec } from '../schema/arena.js';
import { type PackFile, packFileSchema } from '../schema/pack-file.js';
import type { PromptConfigSpec } from '../schema/prompt-config.js';
import type { ToolSpec } from '../schema/tool.js';
import type { Loaded, LoadedPrompt } from './bundle.js';
import { bundlePath } from './bundle-path.js';
import { type DocumentReader, locatedBy } from './document-reader.js';
import type { Positions } from './positions.js';
import { schemaFaults } from './schema-faults.js';
import { parseYaml } from './yaml-text.js';

/** Parts of the Arena file that a pack may bring, by their name in the pack. */
const PARTS = {
  workflow: 'workflow',
  agents: 'agents',
  skills: 'skills',
  compositions: 'compositions',
  evals: 'pack_evals',
} as const;

export interface PackContents {
  /** The Arena document with the parts of the pack that it lacks; faults in them point into the pack. */
  arena: Loaded<ArenaSpec>;
  prompts: LoadedPrompt[];
  tools: Loaded<ToolSpec>[];
  /** The pack could not be read: what the bundle seems to lack may be in it. */
  unread: boolean;
}

/** Reads the pack, if the Arena file names one. */
export function readPackFile(arena: Loaded<ArenaSpec>, reader: DocumentReader): PackContents {
  const { pack_file } = arena.spec;
  if (pack_file === undefined) return { arena, prompts: [], tools: [], unread: false };
  const nothing: PackContents = { arena, prompts: [], tools: [], unread: true };
  const file = bundlePath('.', pack_file);
  const failed = reader.attach(file);
  if (failed !== undefined) {
    reader.error(arena.placeOf(['spec', 'pack_file']), `${file} ${failed.problem}`, failed.hint);
    return nothing;
  }
  // JSON is YAML, and this parser knows where its values stand.
  const { text, faults } = parseYaml(file, reader.files.get(file) ?? new Uint8Array());
  reader.faults.push(...faults);
  if (text === undefined) return nothing;
  const checked = packFileSchema.safeParse(text.value);
  if (!checked.success) {
    reader.faults.push(...schemaFaults(checked.error, packFileSchema, text.value, file, text.positions));
    return nothing;
  }
  const pack = new Pack(file, checked.data, text.positions);
  pack.warnOfUnknownKeys(reader);
  return { arena: pack.complete(arena), prompts: pack.prompts(), tools: pack.tools(), unread: false };
}

class Pack {
  constructor(
    private readonly file: string,
    private readonly content: PackFile,
    private readonly positions: Positions,
  ) {}

  private place(path: readonly (string | number)[]) {
    return { file: this.file, ...this.positions.find(path) };
  }

  warnOfUnknownKeys(reader: DocumentReader): void {
    for (const key of Object.keys(this.content)) {
      if (Object.hasOwn(packFileSchema.shape, key)) continue;
      reader.warn(this.place([key]), `"${key}" is not read`, 'write it into the Arena file, if it has such a key');
    }
  }

  complete(arena: Loaded<ArenaSpec>): Loaded<ArenaSpec> {
    const { workflow, agents, compositions, evals: pack_evals } = this.content;
    // Its folders are named from where the pack lies.
    const skills = this.content.skills?.map((source) => {
      const path = source.path ?? source.dir;
      return path === undefined ? source : { ...source, dir: undefined, path: this.fromHere(path) };
    });
    const brought = { workflow, agents, skills, compositions, pack_evals };
    const taken = new Map<string, string>();
    for (const [name, key] of Object.entries(PARTS) as [keyof typeof PARTS, (typeof PARTS)[keyof typeof PARTS]][]) {
      if (arena.spec[key] === undefined && brought[key] !== undefined) taken.set(key, name);
    }
    const parts = Object.fromEntries([...taken.keys()].map((key) => [key, brought[key as keyof typeof brought]]));
    const placeOf: Loaded<unknown>['placeOf'] = (path) => {
      const [spec, key, ...rest] = path;
      const name = spec === 'spec' && typeof key === 'string' ? taken.get(key) : undefined;
      return name === undefined ? arena.placeOf(path) : this.place([name, ...rest]);
    };
    return { ...arena, spec: { ...arena.spec, ...parts }, ...locatedBy(placeOf) };
  }

  private fromHere(path: string): string {
    return bundlePath(posix.dirname(this.file), path);
  }

  prompts(): LoadedPrompt[] {
    const { prompts = {}, fragments = {} } = this.content;
    return Object.entries(prompts).map(([task_type, packed]) => {
      const { version, description, system_template, variables, tools: allowed_tools } = packed;
      const { tool_policy, parameters, validators, media, evals, model_overrides } = packed;
      const text = { task_type, version, description, system_template, variables, allowed_tools };
      const spec: PromptConfigSpec = { ...text, tool_policy, parameters, validators, media, evals, model_overrides };
      const placeOf: Loaded<unknown>['placeOf'] = ([, key, ...rest]) =>
        this.place([
          'prompts',
          task_type,
          ...(key === undefined ? [] : [key === 'allowed_tools' ? 'tools' : key]),
          ...rest,
        ]);
      return { id: task_type, spec, labels: {}, file: this.file, vars: fragments, ...locatedBy(placeOf) };
    });
  }

  /** A pack says what a tool is like, not what it does: calls get the standard answer of a mock. */
  tools(): Loaded<ToolSpec>[] {
    return Object.entries(this.content.tools ?? {}).map(([name, { description = '', parameters = {} }]) => {
      const spec: ToolSpec = { description, input_schema: parameters, mode: 'mock' };
      const placeOf: Loaded<unknown>['placeOf'] = ([, ...rest]) =>
        this.place(['tools', name, ...rest.map((key) => (key === 'input_schema' ? 'parameters' : key))]);
      return { id: name, spec, labels: {}, file: this.file, ...locatedBy(placeOf) };
    });
  }
}
