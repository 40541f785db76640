/** The recordings that a bundle's evals judge and its replay providers repeat. */
import { posix } from 'node:path';
import type { RecordedConversation } from '../../core/recording.js';
import type { EvalSpec } from '../../schema/eval.js';
import type { Loaded, LoadedProvider, Place } from '../bundle.js';
import { bundlePath } from '../bundle-path.js';
import type { FileProblem } from '../bundle-source.js';
import type { Fault } from '../fault.js';
import { BadGlob, globMatcher, isGlob } from '../glob.js';
import { hintFor } from '../suggest.js';
import { type RecordingType, readRecordings, recordingTypes } from './read-recordings.js';
import { uniqueNames } from './unique-names.js';

/** Recorded conversations and what is wrong with their files. With errors there are none. */
export interface RecordingSet {
  conversations: readonly RecordedConversation[];
  faults: readonly Fault[];
}

const WHEN_MISSING = 'record it first, or choose what runs with --scenario or --eval';

/** Longest time that a recording may take in `mode` realtime or accelerated. */
const MAX_REPLAY_MS = 24 * 3_600_000;

/** Path of an eval's recording within the bundle; it may be a glob. */
export function evalRecordingPath(each: Pick<Loaded<EvalSpec>, 'file' | 'spec'>): string {
  return bundlePath(posix.dirname(each.file), each.spec.recording.path);
}

/**
 * Where the recording of a replay provider may lie, best first: relative to the Arena file, then every ending of the
 * path that stays inside the bundle, since published bundles write it from the folder that they are run in.
 */
export function replayRecordingPaths(written: string): string[] {
  const path = bundlePath('.', written);
  const parts = path.split('/').filter((part) => part !== '' && part !== '..');
  const endings = parts.map((_, index) => parts.slice(index).join('/'));
  return [...new Set([path, ...endings])];
}

/** Reads files when somebody first asks for them: a run without evals does not parse any. */
export class BundleRecordings {
  private readonly sets = new Map<string, RecordingSet>();

  constructor(
    private readonly evals: ReadonlyMap<string, Loaded<EvalSpec>>,
    private readonly providers: ReadonlyMap<string, LoadedProvider>,
    private readonly files: ReadonlyMap<string, Uint8Array>,
    private readonly absent: ReadonlyMap<string, FileProblem>,
  ) {}

  /** One conversation or more for each file that the eval names, in the order of their paths. */
  ofEval(id: string): RecordingSet {
    return this.once(`eval ${id}`, () => {
      const each = this.evals.get(id);
      return each === undefined ? { conversations: [], faults: [] } : this.readEval(each);
    });
  }

  /** What a replay provider repeats. */
  ofProvider(id: string): RecordingSet {
    return this.once(`provider ${id}`, () => {
      const provider = this.providers.get(id);
      const written = provider?.spec.additional_config?.recording;
      if (provider === undefined) return { conversations: [], faults: [] };
      const namedAt = provider.placeOf(['spec', 'additional_config', 'recording']);
      if (typeof written !== 'string' || written === '') {
        return refused(namedAt, 'a replay provider needs a recording', 'name its file in additional_config.recording');
      }
      const path = replayRecordingPaths(written).find((each) => this.files.has(each));
      if (path === undefined) return this.missing(namedAt, bundlePath('.', written));
      return readRecordings(path, this.files.get(path) ?? new Uint8Array(), undefined);
    });
  }

  private missing(namedAt: Place, path: string): RecordingSet {
    const { problem, hint } = this.absent.get(path) ?? { problem: 'does not exist' };
    return refused(namedAt, `${path} ${problem}`, hint ?? WHEN_MISSING);
  }

  private once(key: string, read: () => RecordingSet): RecordingSet {
    const known = this.sets.get(key);
    if (known !== undefined) return known;
    const set = read();
    this.sets.set(key, set);
    return set;
  }

  private readEval(each: Loaded<EvalSpec>): RecordingSet {
    const path = evalRecordingPath(each);
    const namedAt = each.placeOf(['spec', 'recording', 'path']);
    const paths = this.matching(path);
    if (paths.length === 0) {
      return isGlob(path) ? refused(namedAt, `no file matches ${path}`, WHEN_MISSING) : this.missing(namedAt, path);
    }
    const faults: Fault[] = [];
    const type = this.typeOf(each, faults);
    const folder = commonFolder(paths);
    const unique = uniqueNames();
    const conversations = paths.flatMap((file) => {
      const read = readRecordings(file, this.files.get(file) ?? new Uint8Array(), type);
      faults.push(...read.faults);
      return read.conversations.map((conversation) => ({
        ...conversation,
        // Two files may differ in nothing but their endings.
        name: unique(nameOf(conversation, paths.length, read.conversations.length, folder)),
      }));
    });
    faults.push(...timingFaults(each, conversations));
    return faults.some(({ severity }) => severity === 'error')
      ? { conversations: [], faults }
      : { conversations, faults };
  }

  private matching(path: string): string[] {
    if (this.files.has(path)) return [path];
    if (!isGlob(path)) return [];
    try {
      const matches = globMatcher(path);
      return [...this.files.keys()].filter((file) => matches(file)).sort();
    } catch (error) {
      // The loader has told it.
      if (error instanceof BadGlob) return [];
      throw error;
    }
  }

  private typeOf(each: Loaded<EvalSpec>, faults: Fault[]): RecordingType | undefined {
    const { type } = each.spec.recording;
    const known = recordingTypes.find((one) => one === type);
    if (type !== undefined && known === undefined) {
      const message = `the type "${type}" is not known: the format follows from the file`;
      const hint = hintFor(type, recordingTypes, 'types');
      faults.push({ severity: 'warning', ...each.placeOf(['spec', 'recording', 'type']), message, hint });
    }
    return known;
  }
}

function refused(place: Place, message: string, hint?: string): RecordingSet {
  return { conversations: [], faults: [{ severity: 'error', ...place, message, hint }] };
}

/** A single conversation needs no name beside the eval's; otherwise file, number or both tell it from the others. */
function nameOf({ name, file }: RecordedConversation, files: number, inFile: number, folder: string): string {
  const path = file.slice(folder.length).replace(/(\.recording|\.transcript|\.arena)?\.(jsonl?|ndjson|ya?ml)$/i, '');
  if (files === 1) return inFile === 1 ? '' : name;
  return inFile === 1 ? path : `${path}/${name}`;
}

/** The folder that all of the paths lie in, with its slash. */
function commonFolder(paths: readonly string[]): string {
  const [first = ''] = paths;
  let end = first.lastIndexOf('/') + 1;
  while (end > 0 && !paths.every((path) => path.startsWith(first.slice(0, end)))) {
    end = first.lastIndexOf('/', end - 2) + 1;
  }
  return first.slice(0, end);
}

/** What `mode` and `speed` ask for and the recordings cannot give. */
function timingFaults(each: Loaded<EvalSpec>, conversations: readonly RecordedConversation[]): Fault[] {
  const { mode = 'instant', speed } = each.spec;
  if (mode === 'instant') {
    if (speed === undefined || speed === 1) return [];
    const message = 'speed has no effect: the recording is judged at once';
    return [{ severity: 'warning', ...each.placeOf(['spec', 'speed']), message, hint: 'set mode: accelerated' }];
  }
  const at = each.placeOf(['spec', 'mode']);
  const faults: Fault[] = [];
  const untimed = conversations.find(({ durationMs }) => durationMs === undefined);
  if (untimed !== undefined) {
    const message = `${untimed.file} says nothing of times: it is judged at once`;
    faults.push({ severity: 'warning', ...at, message });
  }
  const long = conversations.find(({ durationMs = 0 }) => durationMs / (speed ?? 1) > MAX_REPLAY_MS);
  if (long !== undefined) {
    const hours = Math.round((long.durationMs ?? 0) / (speed ?? 1) / 3_600_000);
    const message = `${long.file} would take ${hours} hours to replay, at most 24 are possible`;
    faults.push({ severity: 'error', ...at, message, hint: 'set mode: accelerated with a higher speed' });
  }
  return faults;
}
