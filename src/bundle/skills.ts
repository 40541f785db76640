/** Skills of a bundle: folders with a SKILL.md, and those that the Arena file writes down in place. */
import { posix } from 'node:path';
import type { ArenaSpec } from '../schema/arena.js';
import { type SkillSource, skillFrontMatterSchema } from '../schema/skills.js';
import type { Loaded, Place } from './bundle.js';
import { bundlePath } from './bundle-path.js';
import type { DocumentReader } from './document-reader.js';
import { BadGlob, globFolder, globMatcher, isGlob } from './glob.js';
import { schemaFaults } from './schema-faults.js';
import { parseYaml } from './yaml-text.js';

const SKILL_FILE = 'SKILL.md';

/** Instructions are read by a model at once: 1 MiB is more than any takes. */
const MAX_SKILL_BYTES = 1024 * 1024;

export interface LoadedSkill {
  name: string;
  /** When to take it up. */
  description: string;
  instructions: string;
  /** Tools that are offered while it is active, as far as the bundle has them. */
  allowedTools: readonly string[];
  preload: boolean;
  /** Relative to the Arena file's folder; absent when the skill stands in the Arena file. */
  folder?: string;
  /** Further files: path in the bundle by path in the folder. */
  resources: ReadonlyMap<string, string>;
  place: Place;
}

/** Reads all skills. Later sources may preload what earlier ones brought, and change nothing else about it. */
export function readSkills(arena: Loaded<ArenaSpec>, reader: DocumentReader): Map<string, LoadedSkill> {
  const skills = new Map<string, LoadedSkill>();
  for (const [index, source] of (arena.spec.skills ?? []).entries()) {
    for (const skill of new SkillReader(arena, index, reader).read(source)) {
      const known = skills.get(skill.name);
      if (known === undefined) skills.set(skill.name, skill);
      else if (known.folder !== undefined && known.folder === skill.folder) known.preload ||= skill.preload;
      else {
        const hint = `rename one: ${known.folder ?? known.place.file} comes first and stays`;
        reader.warn(skill.place, `a second skill "${skill.name}" is left out`, hint);
      }
    }
  }
  return skills;
}

class SkillReader {
  private readonly path: readonly (string | number)[];

  constructor(
    private readonly arena: Loaded<ArenaSpec>,
    index: number,
    private readonly reader: DocumentReader,
  ) {
    this.path = ['spec', 'skills', index];
  }

  read(source: SkillSource): LoadedSkill[] {
    const { name, description = '', instructions = '', preload = false } = source;
    if (name !== undefined) {
      const place = this.arena.placeOf([...this.path, 'name']);
      return [{ name, description, instructions, allowedTools: [], preload, resources: new Map(), place }];
    }
    const key = source.path === undefined ? 'dir' : 'path';
    const namedAt = this.arena.placeOf([...this.path, key]);
    const path = bundlePath('.', source[key] ?? '.').replace(/(?<=.)\/$/, '');
    if (path === '..' || path.startsWith('../') || posix.isAbsolute(path)) {
      const hint = 'move the skills below the Arena file: they travel with the bundle';
      this.reader.error(namedAt, `${path} lies outside the bundle’s folder`, hint);
      return [];
    }
    return this.folders(path, namedAt).flatMap(([folder, files]) => this.skill(folder, files, preload, namedAt) ?? []);
  }

  /** Folders with a SKILL.md and their files; those of a folder with a SKILL.md of its own are that one's. */
  private folders(path: string, namedAt: Place): [folder: string, files: string[]][] {
    const matches = this.matcher(path, namedAt);
    if (matches === undefined) return [];
    const files = this.reader.source.list(isGlob(path) ? globFolder(path) : path);
    const folders = new Map<string, string[]>();
    for (const file of files) {
      const folder = posix.dirname(file);
      if (posix.basename(file) === SKILL_FILE && matches(folder)) folders.set(folder, []);
    }
    for (const file of files) {
      for (let folder = posix.dirname(file); ; folder = posix.dirname(folder)) {
        folders.get(folder)?.push(file);
        if (folders.has(folder) || folder === '.') break;
      }
    }
    if (folders.size === 0) {
      this.reader.error(namedAt, `${path} holds no skill`, `a skill is a folder with a ${SKILL_FILE}`);
    }
    return [...folders];
  }

  /** A glob may name the folder of a skill or one above it. */
  private matcher(path: string, namedAt: Place): ((folder: string) => boolean) | undefined {
    if (!isGlob(path)) return () => true;
    try {
      const matches = globMatcher(path);
      return (folder) => {
        for (let each = folder; ; each = posix.dirname(each)) {
          if (matches(each)) return true;
          if (each === '.') return false;
        }
      };
    } catch (error) {
      if (!(error instanceof BadGlob)) throw error;
      this.reader.error(namedAt, `${path} is not a glob: ${error.message}`);
      return undefined;
    }
  }

  private skill(folder: string, files: string[], preload: boolean, namedAt: Place): LoadedSkill | undefined {
    const file = posix.join(folder, SKILL_FILE);
    const text = this.text(file, namedAt);
    const parts = text === undefined ? undefined : this.parts(file, text);
    if (parts === undefined) return undefined;
    const { value, instructions, positions } = parts;
    const checked = skillFrontMatterSchema.safeParse(value);
    if (!checked.success) {
      this.reader.faults.push(...schemaFaults(checked.error, skillFrontMatterSchema, value, file, positions));
      return undefined;
    }
    const { name, description, 'allowed-tools': allowedTools = [] } = checked.data;
    const place = { file, ...positions.find(['name']) };
    const resources = this.resources(folder, files, namedAt);
    return { name, description, instructions, allowedTools, preload, folder, resources, place };
  }

  private text(file: string, namedAt: Place): string | undefined {
    const failed = this.reader.attach(file);
    const bytes = this.reader.files.get(file);
    if (failed !== undefined || bytes === undefined) {
      this.reader.error(namedAt, `${file} ${failed?.problem}`, failed?.hint);
      return undefined;
    }
    if (bytes.byteLength <= MAX_SKILL_BYTES) return new TextDecoder().decode(bytes);
    this.reader.error({ file }, `is larger than ${MAX_SKILL_BYTES} bytes`, 'move parts of it into files beside it');
    return undefined;
  }

  /** Front matter between two lines of `---`, and the instructions below. */
  private parts(file: string, text: string) {
    const match = /^---[ \t]*\r?\n([\s\S]*?\n)??---[ \t]*(?:\r?\n|$)/.exec(text);
    if (match === null) {
      this.reader.error(
        { file, line: 1, column: 1 },
        'has no front matter',
        'begin it with ---, name: …, description: …, ---',
      );
      return undefined;
    }
    // The empty line stands for the first `---`, so that positions are those of the file.
    const { text: yaml, faults } = parseYaml(file, Buffer.from(`\n${match[1] ?? ''}`));
    this.reader.faults.push(...faults);
    const instructions = text.slice(match[0].length).trim();
    return yaml === undefined ? undefined : { ...yaml, instructions };
  }

  /** Everything beside the SKILL.md; hidden files are those of editors and version control. */
  private resources(folder: string, files: readonly string[], namedAt: Place): Map<string, string> {
    const resources = new Map<string, string>();
    for (const file of files) {
      const path = posix.relative(folder, file);
      if (path === SKILL_FILE || path.split('/').some((part) => part.startsWith('.'))) continue;
      const failed = this.reader.attach(file);
      if (failed === undefined) resources.set(path, file);
      else this.reader.warn(namedAt, `${file} ${failed.problem}`, failed.hint);
    }
    return resources;
  }
}
