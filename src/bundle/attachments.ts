/** Files that documents refer to and that are no documents: media, mock answers, fragments, recordings, skills. */
import type { ContentPartSpec } from '../schema/content-part.js';
import { programFiles } from '../schema/program-files.js';
import type { Loaded, Place } from './bundle.js';
import { bundlePath } from './bundle-path.js';
import type { DocumentReader } from './document-reader.js';
import { BadGlob, escapeGlob, globFolder, globMatcher, isGlob } from './glob.js';
import type { ReadBundle } from './load.js';
import { checkMockFile } from './mock-file.js';
import { evalRecordingPath, replayRecordingPaths } from './recordings/bundle-recordings.js';

/** Folder that media and mock files are relative to. `file:` references never are. */
export function mediaFolder(bundle: Pick<ReadBundle, 'arena'>): string {
  return bundlePath('.', bundle.arena.spec.defaults?.config_dir ?? '.');
}

class Attachments {
  private readonly folder: string;
  private readonly mockFiles = new Set<string>();

  constructor(
    private readonly bundle: ReadBundle,
    private readonly reader: DocumentReader,
  ) {
    this.folder = mediaFolder(bundle);
  }

  /** A file that may be missing until somebody needs it: then the conversation fails, here it is a warning. */
  private optional(path: string, namedAt: Place, untilThen?: string): void {
    const failed = this.reader.attach(path);
    if (failed !== undefined) this.reader.warn(namedAt, `${path} ${failed.problem}`, failed.hint ?? untilThen);
  }

  private parts(document: Loaded<unknown>, parts: readonly ContentPartSpec[] | undefined, path: (string | number)[]) {
    for (const [index, part] of (parts ?? []).entries()) {
      const file = part.media?.file_path;
      if (file === undefined) continue;
      this.optional(bundlePath(this.folder, file), document.placeOf([...path, index, 'media', 'file_path']));
    }
  }

  media(): void {
    for (const scenario of this.bundle.scenarios.values()) {
      for (const [index, turn] of (scenario.spec.turns ?? []).entries()) {
        this.parts(scenario, turn.parts, ['spec', 'turns', index, 'parts']);
      }
    }
    for (const tool of this.bundle.tools.values()) this.parts(tool, tool.spec.mock_parts, ['spec', 'mock_parts']);
  }

  /** A script that an exec tool runs; what is no file of the bundle may be one of the machine. */
  programs(): void {
    for (const { spec } of this.bundle.tools.values()) {
      if (spec.mode !== 'exec' || spec.exec === undefined) continue;
      for (const path of programFiles(spec.exec)) this.reader.attach(path);
    }
  }

  providers(): void {
    for (const provider of this.bundle.providers.values()) {
      const file = provider.spec.additional_config?.mock_config;
      if (typeof file === 'string' && file !== '') {
        const path = bundlePath(this.folder, file);
        const namedAt = provider.placeOf(['spec', 'additional_config', 'mock_config']);
        this.optional(path, namedAt, 'every answer is the same fixed text until it does');
        this.mockFiles.add(path);
      }
      const recording = provider.spec.additional_config?.recording;
      if (typeof recording === 'string' && recording !== '') this.replayed(recording, provider);
    }
  }

  private replayed(written: string, provider: Loaded<unknown>): void {
    const namedAt = provider.placeOf(['spec', 'additional_config', 'recording']);
    const [path = written, ...endings] = replayRecordingPaths(written);
    if (this.reader.attach(path) === undefined) return;
    const found = endings.find((ending) => this.reader.attach(ending) === undefined);
    if (found === undefined) return;
    this.reader.warn(namedAt, `${path} does not exist, ${found} is taken`, 'write it from the Arena file’s folder');
  }

  /** A mock file that the caller names beside those of the documents. */
  extraMockFile(file: string): void {
    const path = bundlePath('.', file);
    const failed = this.reader.attach(path);
    if (failed !== undefined) this.reader.error({ file: path }, failed.problem, failed.hint);
    this.mockFiles.add(path);
  }

  /** Several providers often share one mock file: it is checked once. */
  checkMockFiles(): void {
    for (const path of this.mockFiles) checkMockFile(path, this.reader, this.folder);
  }

  /** A templated path stands for every file that it may turn out to be. */
  fragments(): void {
    const { prompts, judgePrompts, personas } = this.bundle;
    for (const document of [...prompts.values(), ...judgePrompts, ...personas.values()]) {
      for (const [index, fragment] of (document.spec.fragments ?? []).entries()) {
        const path = bundlePath('.', fragment.path ?? `fragments/${fragment.name}`);
        const namedAt = document.placeOf(['spec', 'fragments', index, 'path']);
        const pieces = path.split(/\{\{[^}]*\}\}/);
        if (pieces.length > 1) this.matching(pieces.map(escapeGlob).join('*'), namedAt);
        else if (fragment.required === true) this.required(path, namedAt);
        else this.optional(path, namedAt);
      }
    }
  }

  private required(path: string, namedAt: Place): void {
    const failed = this.reader.attach(path);
    if (failed !== undefined) this.reader.error(namedAt, `${path} ${failed.problem}`, failed.hint);
  }

  recordings(): void {
    for (const each of this.bundle.evals.values()) {
      const path = evalRecordingPath(each);
      const namedAt = each.placeOf(['spec', 'recording', 'path']);
      // What is missing counts when the eval is to run.
      if (isGlob(path)) this.matching(path, namedAt);
      else this.reader.attach(path);
    }
  }

  /** Takes in what matches, as far as it can be read; the number of matches. */
  private matching(glob: string, namedAt: Place): number {
    try {
      const matches = globMatcher(glob);
      const found = this.reader.source.list(globFolder(glob)).filter((path) => matches(path));
      for (const path of found) this.optional(path, namedAt);
      return found.length;
    } catch (error) {
      if (!(error instanceof BadGlob)) throw error;
      this.reader.error(namedAt, `${glob} is not a glob: ${error.message}`);
      return 0;
    }
  }
}

/** Reads every file that the documents refer to, so that a pack of the bundle lacks nothing. */
export function gatherAttachments(bundle: ReadBundle, reader: DocumentReader, extraMockConfig?: string): void {
  const attachments = new Attachments(bundle, reader);
  attachments.media();
  attachments.programs();
  attachments.providers();
  attachments.fragments();
  attachments.recordings();
  if (extraMockConfig !== undefined) attachments.extraMockFile(extraMockConfig);
  attachments.checkMockFiles();
}
