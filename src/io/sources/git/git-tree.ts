/** The files of a commit, read from its objects: nothing is checked out, so no hook, filter or link of it does anything. */
import { ArenaError } from '../../../core/errors.js';
import { FileBudget, shownPath } from '../bounded-files.js';
import type { GitCommands } from './git-process.js';

/** A file that stands for another one in a store of large files. */
const LARGE_FILE_POINTER = Buffer.from('version https://git-lfs.github.com/spec/v1\n');

const REGULAR = /^100(644|755|664)$/;
const MAX_NAMED = 3;

interface TreeFile {
  path: string;
  object: string;
  bytes: number;
}

/** @param folder from the root of the repository; empty: all of it */
export async function readTree(
  git: GitCommands,
  commit: string,
  folder: string,
  shownUrl: string,
): Promise<{ files: Map<string, Uint8Array>; notes: string[] }> {
  const hint = 'name the folder of the bundle in git.path, or give bundles a repository of their own';
  const budget = new FileBudget(shownUrl, hint);
  const root = folder === '' ? `${commit}^{tree}` : await treeOf(git, commit, folder, shownUrl);
  const listed = await git.text(['ls-tree', '-r', '-z', '--long', '--full-tree', root]);
  const left = { links: [] as string[], modules: [] as string[] };
  const entries: TreeFile[] = [];
  for (const line of listed.split('\0')) {
    if (line === '') continue;
    const [, mode = '', object = '', size = '', path = ''] =
      /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([\s\S]*)$/.exec(line) ?? [];
    if (mode === '120000') left.links.push(path);
    else if (mode === '160000') left.modules.push(path);
    else if (REGULAR.test(mode)) {
      budget.checkPath(path);
      budget.take(path, Number(size));
      entries.push({ path, object, bytes: Number(size) });
    } else throw budget.refusal(path, 'is no regular file');
  }
  const files = await readFiles(git, entries, shownUrl);
  return { files, notes: notesOn(left, files) };
}

async function treeOf(git: GitCommands, commit: string, folder: string, shownUrl: string): Promise<string> {
  // A path with a colon or brackets would mean something in `commit:path`; behind `--` it is only a path.
  const line = await git.text(['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', commit, '--', folder]);
  const [, type, object] = /^\d+ (\w+) ([0-9a-f]+)\t/.exec(line) ?? [];
  if (type === 'tree' && object !== undefined) return object;
  const what = type === undefined ? 'has no such folder' : 'has a file there';
  throw new ArenaError({
    code: 'invalid_input',
    message: `git.path ${shownPath(folder)} names no folder: ${shownUrl} ${what} at ${commit}`,
    hint: 'correct git.path; it is a folder, from the root of the repository',
  });
}

async function readFiles(
  git: GitCommands,
  entries: readonly TreeFile[],
  shownUrl: string,
): Promise<Map<string, Uint8Array>> {
  if (entries.length === 0) return new Map();
  // Each file comes with a line of its own before it.
  const total = entries.reduce((sum, { bytes }) => sum + bytes + 128, 0);
  const objects = [...new Set(entries.map(({ object }) => object))];
  const output = await git.contents(objects, total);
  const contents = new Map<string, Uint8Array>();
  let offset = 0;
  while (offset < output.byteLength) {
    const end = output.indexOf(0x0a, offset);
    const [object = '', type, size] = output.toString('latin1', offset, end).split(' ');
    const bytes = Number(size);
    if (end < 0 || type !== 'blob' || !Number.isSafeInteger(bytes)) throw broken(shownUrl);
    contents.set(object, output.subarray(end + 1, end + 1 + bytes));
    offset = end + bytes + 2;
  }
  return new Map(
    entries.map(({ path, object }) => {
      const bytes = contents.get(object);
      if (bytes === undefined) throw broken(shownUrl);
      return [path, bytes];
    }),
  );
}

const broken = (shownUrl: string) =>
  new ArenaError({ code: 'malformed_answer', message: `${shownUrl} does not hold all files that its commit names` });

function notesOn(
  { links, modules }: { links: string[]; modules: string[] },
  files: ReadonlyMap<string, Uint8Array>,
): string[] {
  const pointers = [...files].flatMap(([path, bytes]) =>
    LARGE_FILE_POINTER.equals(bytes.subarray(0, LARGE_FILE_POINTER.byteLength)) ? [path] : [],
  );
  const notes = [
    [links, 'Symbolic links are left out; put the files themselves there'],
    [modules, 'Submodules are left out; put their files into this repository'],
    [pointers, 'Some files are only pointers of Git LFS; put the files themselves there'],
  ] as const;
  return notes.flatMap(([paths, what]) => (paths.length === 0 ? [] : [`${what}: ${named(paths)}`]));
}

function named(paths: readonly string[]): string {
  const shown = paths.slice(0, MAX_NAMED).map(shownPath).join(', ');
  return paths.length > MAX_NAMED ? `${shown} and ${paths.length - MAX_NAMED} more` : shown;
}
