/** From the files of a bundle to one `Bundle`, or to every fault in it. */
import { posix } from 'node:path';
import type { z } from 'zod';
import type { ArenaSpec } from '../schema/arena.js';
import { type BundleKind, bundleKinds } from '../schema/kinds.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import { gatherAttachments } from './attachments.js';
import type { Bundle, Loaded, LoadedPrompt, LoadedProvider, Place } from './bundle.js';
import { bundlePath } from './bundle-path.js';
import type { BundleSource } from './bundle-source.js';
import { DocumentReader, inlineDocument } from './document-reader.js';
import type { Fault } from './fault.js';
import { checkDefaultJudgePrompt, readJudgePrompts } from './judge-prompts.js';
import { addJudgeProviders } from './judge-providers.js';
import { readPackFile } from './pack-file.js';
import { BundleRecordings } from './recordings/bundle-recordings.js';
import { checkReferences } from './references.js';
import { readSkills } from './skills.js';

/** A bundle as read, before it is packed: the digest follows from the files. */
export type ReadBundle = Omit<Bundle, 'digest' | 'warnings'>;

export interface LoadOptions {
  /** A mock file that no document names, relative to the Arena file's folder. */
  extraMockConfig?: string;
  /** What a job brings itself: the bundle's own is not even read, and nobody misses it. */
  replaced?: ReplacedParts;
}

export interface ReplacedParts {
  providers?: boolean;
  /** MCP servers as well. */
  tools?: boolean;
}

/** How one list of the Arena file is read. */
interface Listing<Spec> {
  kind: BundleKind;
  schema: z.ZodType<{ metadata?: { name?: string; labels?: { [key: string]: string } }; spec: Spec }>;
  /** Path of the list in the Arena document. */
  list: readonly string[];
  files: readonly { file: string }[] | undefined;
  /** Key of the map of inline specs beside the list. */
  inline: string;
  specs: { [id: string]: Spec } | undefined;
  /** Id for a document without `metadata.name`. */
  idOf(spec: Spec): string | undefined;
}

class BundleLoader {
  /** Kinds of which not every document could be read. */
  readonly partial = new Set<BundleKind>();

  constructor(
    private readonly reader: DocumentReader,
    private readonly arena: Loaded<ArenaSpec>,
  ) {}

  /** Every document of a list, each with its index in it; inline specs have none. */
  read<Spec>(listing: Listing<Spec>): { document: Loaded<Spec>; index?: number; namedAt: Place }[] {
    const found: { document: Loaded<Spec>; index?: number; namedAt: Place }[] = [];
    for (const [index, { file }] of (listing.files ?? []).entries()) {
      const namedAt = this.arena.placeOf(['spec', ...listing.list, index, 'file']);
      const document = this.reader.document(bundlePath('.', file), listing.kind, listing.schema, namedAt);
      const id = document && (document.id || listing.idOf(document.spec));
      if (document !== undefined && id) found.push({ document: { ...document, id }, index, namedAt });
      else this.partial.add(listing.kind);
      if (document === undefined || id) continue;
      this.reader.error(document.placeOf(['metadata', 'name']), 'has no name', 'write metadata.name');
    }
    for (const [id, spec] of Object.entries(listing.specs ?? {})) {
      const path = ['spec', ...listing.list.slice(0, -1), listing.inline, id];
      found.push({ document: inlineDocument(this.arena, id, spec, path), namedAt: this.arena.placeOf(path) });
    }
    return found;
  }

  /** By a key that must not occur twice; of two documents with the same one the first stays. */
  unique<Spec, Document extends Loaded<Spec>>(
    documents: Document[],
    what: string,
    keyOf = (each: Document) => each.id,
  ) {
    const byKey = new Map<string, Document>();
    for (const document of documents) {
      const key = keyOf(document);
      const first = byKey.get(key);
      if (first === undefined) {
        byKey.set(key, document);
        continue;
      }
      const again =
        first.file === document.file && first.at([]) === document.at([])
          ? 'the file is listed twice'
          : `the first is ${first.at(['metadata', 'name'])}`;
      this.reader.error(document.placeOf(['metadata', 'name']), `a second ${what} "${key}": ${again}`, 'rename one');
    }
    return byKey;
  }

  prompts(): Map<string, LoadedPrompt> {
    const { prompt_configs, prompt_specs } = this.arena.spec;
    const found = this.read({
      kind: 'PromptConfig',
      schema: bundleKinds.PromptConfig,
      list: ['prompt_configs'],
      files: prompt_configs,
      inline: 'prompt_specs',
      specs: prompt_specs,
      idOf: (spec) => spec.id ?? spec.task_type,
    });
    const prompts = found.map(({ document, index }) => {
      const vars = index === undefined ? undefined : prompt_configs?.[index]?.vars;
      return { ...document, vars: vars ?? {} };
    });
    return this.unique(prompts, 'prompt for task_type', (prompt) => prompt.spec.task_type);
  }

  providers(): Map<string, LoadedProvider> {
    const { providers, provider_specs } = this.arena.spec;
    const found = this.read({
      kind: 'Provider',
      schema: bundleKinds.Provider,
      list: ['providers'],
      files: providers,
      inline: 'provider_specs',
      specs: provider_specs,
      idOf: (spec) => spec.id,
    });
    const grouped = found.map(({ document, index }) => {
      const group = index === undefined ? undefined : providers?.[index]?.group;
      return { ...document, group: group ?? 'default' };
    });
    return this.unique([...grouped, ...this.embeddingProviders()], 'provider');
  }

  /** Whatever their documents say of a role, these embed. */
  private embeddingProviders(): LoadedProvider[] {
    return (this.arena.spec.embedding_providers ?? []).flatMap((entry, index) => {
      const path = ['spec', 'embedding_providers', index];
      const document =
        'file' in entry
          ? this.reader.document(
              bundlePath('.', entry.file),
              'Provider',
              bundleKinds.Provider,
              this.arena.placeOf([...path, 'file']),
            )
          : inlineDocument(this.arena, entry.id ?? '', entry, path);
      if (document === undefined) this.partial.add('Provider');
      const id = document?.id || document?.spec.id;
      return document === undefined || id === undefined
        ? []
        : [{ ...document, id, spec: { ...document.spec, role: 'embedding' as const }, group: 'default' }];
    });
  }

  scenarios(): Map<string, Loaded<ScenarioSpec>> {
    const { scenarios, scenario_specs } = this.arena.spec;
    const found = this.read({
      kind: 'Scenario',
      schema: bundleKinds.Scenario,
      list: ['scenarios'],
      files: scenarios,
      inline: 'scenario_specs',
      specs: scenario_specs,
      idOf: (spec) => spec.id,
    });
    return this.unique(documentsOf(found), 'scenario');
  }

  /**
   * Documents may have a name of their own and another one for the function: of the two, the one that prompts allow. The
   * former where they allow both, or neither.
   */
  tools(prompts: Iterable<LoadedPrompt>): Bundle['tools'] {
    const allowed = new Set([...prompts].flatMap(({ spec }) => spec.allowed_tools ?? []));
    const { tools, tool_specs } = this.arena.spec;
    const found = this.read({
      kind: 'Tool',
      schema: bundleKinds.Tool,
      list: ['tools'],
      files: tools,
      inline: 'tool_specs',
      specs: tool_specs,
      idOf: (spec) => spec.name ?? spec.id,
    });
    const named = documentsOf(found).map((document) => {
      const { name } = document.spec;
      const isFunction = name !== undefined && allowed.has(name) && !allowed.has(document.id);
      return isFunction ? { ...document, id: name } : document;
    });
    return this.unique(named, 'tool');
  }

  personas(): Bundle['personas'] {
    const found = this.read({
      kind: 'Persona',
      schema: bundleKinds.Persona,
      list: ['self_play', 'personas'],
      files: this.arena.spec.self_play?.personas,
      inline: 'persona_specs',
      specs: this.arena.spec.self_play?.persona_specs,
      idOf: (spec) => spec.id,
    });
    return this.unique(documentsOf(found), 'persona');
  }

  evals(): Bundle['evals'] {
    const { evals, eval_specs } = this.arena.spec;
    const found = this.read({
      kind: 'Eval',
      schema: bundleKinds.Eval,
      list: ['evals'],
      files: evals,
      inline: 'eval_specs',
      specs: eval_specs,
      idOf: (spec) => spec.id,
    });
    return this.unique(documentsOf(found), 'eval');
  }
}

function documentsOf<Spec>(found: { document: Loaded<Spec> }[]): Loaded<Spec>[] {
  return found.map(({ document }) => document);
}

/** What the bundle has itself, and what a pack has besides. */
function completed<Document>(
  own: Map<string, Document>,
  packed: readonly Document[],
  keyOf: (document: Document) => string,
): Map<string, Document> {
  for (const document of packed) if (!own.has(keyOf(document))) own.set(keyOf(document), document);
  return own;
}

/** `support` for `support.arena.yaml`; the file's folder has no say, so that a copy elsewhere keeps its digest. */
function nameOf(arenaFile: string): string {
  const [stem = arenaFile] = posix.basename(arenaFile).split('.');
  return stem;
}

function withoutServers(arena: Loaded<ArenaSpec>): Loaded<ArenaSpec> {
  return { ...arena, spec: { ...arena.spec, mcp_servers: undefined } };
}

/** Reads everything that the Arena file names. `bundle` is absent when there are errors among the faults. */
export function readBundle(
  source: BundleSource,
  arenaFile: string,
  options: LoadOptions = {},
): { bundle?: ReadBundle; faults: Fault[] } {
  const reader = new DocumentReader(source);
  const written = reader.document(arenaFile, 'Arena', bundleKinds.Arena);
  if (written === undefined) return { faults: reader.faults };
  const { replaced = {} } = options;
  const pack = readPackFile(written, reader);
  const arena = replaced.tools === true ? withoutServers(pack.arena) : pack.arena;
  const loader = new BundleLoader(reader, arena);
  if (replaced.providers === true) loader.partial.add('Provider');
  if (replaced.tools === true) loader.partial.add('Tool');
  if (pack.unread) loader.partial.add('PromptConfig').add('Tool');
  const { files } = reader;
  const providers = replaced.providers === true ? new Map<string, LoadedProvider>() : loader.providers();
  const evals = loader.evals();
  const prompts = completed(loader.prompts(), pack.prompts, (prompt) => prompt.spec.task_type);
  const bundle: ReadBundle = {
    name: arena.id || nameOf(arenaFile),
    arena,
    prompts,
    providers,
    scenarios: loader.scenarios(),
    tools:
      replaced.tools === true ? new Map() : completed(loader.tools(prompts.values()), pack.tools, (tool) => tool.id),
    personas: loader.personas(),
    evals,
    skills: readSkills(arena, reader),
    judgePrompts: readJudgePrompts({ arena }, reader),
    recordings: new BundleRecordings(evals, providers, files, reader.absent),
    files,
  };
  checkReferences(bundle, reader, loader.partial);
  if (!loader.partial.has('PromptConfig')) checkDefaultJudgePrompt(bundle, reader);
  gatherAttachments(bundle, reader, options.extraMockConfig);
  // Last, so that what is odd about a document is not said again for the judges made of it.
  if (replaced.providers !== true) addJudgeProviders(bundle, reader);
  const failed = reader.faults.some((fault) => fault.severity === 'error');
  return failed ? { faults: reader.faults } : { bundle, faults: reader.faults };
}
