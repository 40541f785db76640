/**
 * Judges that are written as a type and a model, not as a Provider document: each becomes a provider of its own, so
 * that it is called, recorded and refused like any other. None of them ever holds a conversation.
 */
import { providerSpecSchema } from '../schema/provider.js';
import type { Bundle, Loaded, LoadedProvider } from './bundle.js';
import type { DocumentReader } from './document-reader.js';
import type { ReadBundle } from './load.js';

/** A judge of the Arena file and the provider that it names. */
interface NamedJudge {
  name: string;
  provider: string;
  model?: string;
  /** Where it stands in the Arena document. */
  path: readonly (string | number)[];
}

const ofArena = (name: string): string => `judge.${name}`;
const ofEval = (evalId: string, name: string): string => `${evalId}.judge.${name}`;

/** In file order: the list, then the map. */
function namedJudges({ arena }: Pick<Bundle, 'arena'>): NamedJudge[] {
  const { judges = [], judge_specs: specs = {} } = arena.spec;
  return [
    ...judges.map((judge, index) => ({ ...judge, path: ['spec', 'judges', index] })),
    ...Object.entries(specs).map(([name, judge]) => ({ name, ...judge, path: ['spec', 'judge_specs', name] })),
  ];
}

/**
 * The judges that checks may name, in file order, each with the id of its provider. `scope` is the id of an eval, whose
 * own judges come first and hide those of the Arena file with the same name; undefined: those of the Arena file.
 */
export function judgesOf(bundle: Pick<Bundle, 'arena' | 'evals'>, scope: string | undefined): Map<string, string> {
  const judges = new Map<string, string>();
  const own = scope === undefined ? undefined : bundle.evals.get(scope)?.spec.judge_targets;
  for (const name of Object.keys(own ?? {})) judges.set(name, ofEval(scope ?? '', name));
  for (const { name, provider, model } of namedJudges(bundle)) {
    if (!judges.has(name)) judges.set(name, model === undefined ? provider : ofArena(name));
  }
  return judges;
}

/**
 * The judge of that name, else the one whose provider has that id; the first in file order where none is named. Undefined
 * when there is no such judge.
 */
export function judgeNamed(
  bundle: Pick<Bundle, 'arena' | 'evals'>,
  scope: string | undefined,
  name: string | undefined,
): { name: string; provider: string } | undefined {
  const judges = [...judgesOf(bundle, scope)];
  const found =
    name === undefined ? judges[0] : (judges.find(([one]) => one === name) ?? judges.find(([, id]) => id === name));
  return found === undefined ? undefined : { name: found[0], provider: found[1] };
}

/** Adds a provider, in the group `judge`, for every judge that has a model of its own. */
export function addJudgeProviders(bundle: ReadBundle, reader: DocumentReader): void {
  const adder = new JudgeProviders(bundle, reader);
  adder.ofArena();
  for (const each of bundle.evals.values()) adder.ofEval(each);
}

class JudgeProviders {
  constructor(
    private readonly bundle: ReadBundle,
    private readonly reader: DocumentReader,
  ) {}

  ofArena(): void {
    const { arena, providers } = this.bundle;
    for (const { name, provider, model, path } of namedJudges(this.bundle)) {
      const document = providers.get(provider);
      if (model === undefined || document === undefined) continue;
      this.add({ ...document, id: ofArena(name), spec: { ...document.spec, model }, group: 'judge' }, arena, path);
    }
  }

  ofEval(each: Loaded<unknown> & { spec: { judge_targets?: { [name: string]: JudgeTarget } } }): void {
    for (const [name, target] of Object.entries(each.spec.judge_targets ?? {})) {
      const path = ['spec', 'judge_targets', name];
      const judge = this.documentOf(target, each, path) ?? inPlace(target, each, path);
      this.add({ ...judge, id: ofEval(each.id, name), group: 'judge' }, each, path);
    }
  }

  /** The provider of the bundle with the target's id: address, key and mock answers are its own. */
  private documentOf(
    { id, type, model }: JudgeTarget,
    each: Loaded<unknown>,
    path: readonly string[],
  ): LoadedProvider | undefined {
    const document = id === undefined ? undefined : this.bundle.providers.get(id);
    if (document === undefined) return undefined;
    if (document.spec.type !== type) {
      const message = `the provider "${id}" is of type ${document.spec.type}: it judges, type ${type} has no effect`;
      this.reader.warn(each.placeOf([...path, 'type']), message, 'write the same type, or another id');
    }
    return { ...document, spec: { ...document.spec, model } };
  }

  private add(judge: LoadedProvider, document: Loaded<unknown>, path: readonly (string | number)[]): void {
    const { providers } = this.bundle;
    if (providers.has(judge.id)) {
      const message = `this judge and a provider of the bundle would both be called "${judge.id}"`;
      this.reader.error(document.placeOf(path), message, 'rename one');
      return;
    }
    providers.set(judge.id, { ...judge, onlyJudges: true });
  }
}

interface JudgeTarget {
  type: LoadedProvider['spec']['type'];
  model: string;
  id?: string;
}

/** A provider with nothing but type and model; its key is looked for where the type usually has it. */
function inPlace({ type, model }: JudgeTarget, each: Loaded<unknown>, path: readonly string[]): LoadedProvider {
  const placeOf: LoadedProvider['placeOf'] = (at) => each.placeOf([...path, ...at.slice(1)]);
  const at: LoadedProvider['at'] = (below) => each.at([...path, ...below.slice(1)]);
  const spec = providerSpecSchema.parse({ type, model });
  return { id: '', spec, labels: {}, file: each.file, placeOf, at, group: 'judge' };
}
