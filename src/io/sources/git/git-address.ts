/** Addresses and names that are handed to git, checked so that none of them can be taken for something else. */
import { ArenaError } from '../../../core/errors.js';

export interface GitSettings {
  url: string;
  ref?: { branch?: string; tag?: string; commit?: string };
  /** Folder that is taken, default all. */
  path?: string;
}

/** What is asked for, in the order in which the fields of `ref` beat each other. */
export type GitTarget =
  | { kind: 'branch' | 'tag'; name: string }
  /** In lower case; maybe only its first digits. */
  | { kind: 'commit'; commit: string }
  | { kind: 'default' };

export const FULL_COMMIT = /^[0-9a-f]{40}$/;

/** Names that git itself refuses (git-check-ref-format), and some that only the command line would mind. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const BAD_NAME = /^[-/.]|[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|[/.]$|^@$/;

/** Protocols that a repository may be fetched by; `file` is for repositories of this machine, in tests. */
export const GIT_PROTOCOLS = ['http', 'https', 'ssh'];

const SAFE_HOST = /^([a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:\d+)?$/i;

export function gitTarget({ ref = {} }: GitSettings): GitTarget {
  const { branch, tag, commit } = ref;
  if (branch !== undefined) return { kind: 'branch', name: checkedName(branch, 'branch') };
  if (tag !== undefined) return { kind: 'tag', name: checkedName(tag, 'tag') };
  if (commit === undefined) return { kind: 'default' };
  if (!/^[0-9a-f]{7,40}$/i.test(commit)) {
    const message = `git.ref.commit ${JSON.stringify(commit.slice(0, 80))} is no SHA-1 of a commit`;
    throw new ArenaError({ code: 'invalid_input', message, hint: 'write all 40 hexadecimal digits of the commit' });
  }
  return { kind: 'commit', commit: commit.toLowerCase() };
}

function checkedName(name: string, kind: string): string {
  if (!BAD_NAME.test(name)) return name;
  const message = `git.ref.${kind} ${JSON.stringify(name.slice(0, 80))} cannot be the name of a ${kind}`;
  throw new ArenaError({ code: 'invalid_input', message, hint: `write the ${kind} as git branch or git tag lists it` });
}

/** The address with the user of git hosts where ssh needs one and none is named. A password has no place in it. */
export function gitUrl({ url }: GitSettings, protocols: readonly string[] = GIT_PROTOCOLS): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const protocol = parsed?.protocol.replace(/:$/, '') ?? '';
  if (parsed === undefined || !protocols.includes(protocol)) {
    const message = `git.url must begin with one of ${protocols.map((name) => `${name}://`).join(', ')}`;
    throw new ArenaError({
      code: 'invalid_input',
      message,
      hint: 'write it like https://host/path or ssh://git@host/path',
    });
  }
  if (parsed.password !== '') {
    throw new ArenaError({
      code: 'invalid_input',
      message: 'git.url holds a password, which everybody who may read the source could see',
      hint: 'take it out of the address, change it, and name a Secret with username and password in git.secretRef',
    });
  }
  // The parser lets much by as a host, which goes into scripts and arguments; a path of `file` has none.
  if (!SAFE_HOST.test(parsed.host) && !(protocol === 'file' && parsed.host === '')) {
    throw new ArenaError({
      code: 'invalid_input',
      message: 'git.url names no host that can be',
      hint: 'correct the address',
    });
  }
  if (/^-/.test(parsed.username)) {
    throw new ArenaError({ code: 'invalid_input', message: 'git.url has a user that begins with "-"' });
  }
  if (protocol === 'ssh' && parsed.username === '') parsed.username = 'git';
  return parsed;
}

/** Folder within the repository as a tree knows it: no `.` parts, no slash at either end; empty: all of it. */
export function gitFolder({ path = '' }: GitSettings): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || path.startsWith('/')) {
    throw new ArenaError({ code: 'invalid_input', message: 'git.path must be a relative path without ".."' });
  }
  return parts.join('/');
}
