import { ArenaError } from '../../../core/errors.js';
import { Secrets } from '../../../core/secrets.js';
import type { FetchedFiles, Source } from '../source.js';
import {
  FULL_COMMIT,
  GIT_PROTOCOLS,
  type GitSettings,
  type GitTarget,
  gitFolder,
  gitTarget,
  gitUrl,
} from './git-address.js';
import { type SecretEntries, writeAuthorities, writeCredentials } from './git-credentials.js';
import { type GitCommands, GitProcess } from './git-process.js';
import { readTree } from './git-tree.js';

export interface GitSourceOptions {
  /** Entries of the Secret, if the source names one. */
  credentials?: SecretEntries;
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  /** When the signal will be aborted at the latest, in milliseconds from now. */
  timeoutMs: number;
  /** Default: http, https and ssh. */
  protocols?: readonly string[];
}

/** Where the fetched commit is kept: no name from outside becomes a name in our repository. */
const FETCHED = 'refs/arena/fetched';

/** For a fetch of one commit and the files in it. */
const SHALLOW = [
  'fetch',
  '--quiet',
  '--depth=1',
  '--no-tags',
  '--no-recurse-submodules',
  '--no-write-fetch-head',
  '--',
];
const WHOLE = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--'];

interface Session {
  git: GitCommands;
  /** As git gets it. */
  url: string;
}

/** What stands in a remote repository under the target: a commit, and the branch when only the remote knows its name. */
interface Found {
  commit: string;
  branch?: string;
}

/** A git repository: one commit of it, without history where the host allows, and no more than its files. */
export class GitSource implements Source {
  private readonly url: URL;
  private readonly target: GitTarget;
  private readonly folder: string;
  private readonly secrets = new Secrets(() => undefined);

  /** Throws `invalid_input` for an address or a ref that cannot be. */
  constructor(
    settings: GitSettings,
    private readonly options: GitSourceOptions,
  ) {
    this.url = gitUrl(settings, options.protocols);
    this.target = gitTarget(settings);
    this.folder = gitFolder(settings);
  }

  async resolve(known?: string): Promise<string> {
    const { target } = this;
    if (target.kind === 'commit') {
      if (FULL_COMMIT.test(target.commit)) return `sha1:${target.commit}`;
      // The first digits of a commit go on meaning the same one.
      if (known?.startsWith(`sha1:${target.commit}`)) return known;
      return this.inSession(async (session) => `sha1:${await this.fetchCommit(session, target.commit)}`);
    }
    return this.inSession(async (session) => {
      const { commit, branch } = await this.look(session, target);
      return revisionOf(target, commit, branch);
    });
  }

  fetch(): Promise<FetchedFiles> {
    const { target } = this;
    return this.inSession(async (session) => {
      const { git } = session;
      let branch: string | undefined;
      let commit: string;
      if (target.kind === 'commit') commit = await this.fetchCommit(session, target.commit);
      else if (target.kind === 'default') {
        const found = await this.look(session, target);
        branch = found.branch;
        commit = await this.fetchRef(session, branch === undefined ? 'HEAD' : `refs/heads/${branch}`);
      } else commit = await this.fetchRef(session, refOf(target));
      const tree = await readTree(git, commit, this.folder, this.shownUrl);
      return { revision: revisionOf(target, commit, branch), ...tree };
    });
  }

  private get shownUrl(): string {
    const shown = new URL(this.url.href);
    shown.username = '';
    shown.search = '';
    return shown.href;
  }

  private async inSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { env, signal, protocols = GIT_PROTOCOLS, credentials, timeoutMs } = this.options;
    const { secrets, shownUrl } = this;
    signal.throwIfAborted();
    const running = await GitProcess.open({ env, protocols, secrets, shownUrl, signal, timeoutMs });
    try {
      const access = await writeCredentials(this.url, credentials, running.folder, secrets);
      const authorities = await writeAuthorities(env, running.folder);
      if (authorities !== undefined) access.GIT_SSL_CAINFO = authorities;
      const url = new URL(this.url.href);
      // Whoever answers for the password names the user too; one in the address would be used instead.
      if (access.GIT_ASKPASS !== undefined) url.username = '';
      return await work({ git: await running.prepare(access), url: url.href });
    } finally {
      await running.close();
    }
  }

  private async look({ git, url }: Session, target: Exclude<GitTarget, { kind: 'commit' }>): Promise<Found> {
    if (target.kind === 'default') return this.lookAtHead(await git.text(['ls-remote', '--symref', '--', url, 'HEAD']));
    const ref = refOf(target);
    // An annotated tag is an object of its own; the commit behind it is listed under this name.
    const peeled = `${ref}^{}`;
    const listed = await git.text(['ls-remote', '--', url, ref, peeled]);
    const commits = new Map<string, string>();
    for (const line of listed.split('\n')) {
      const [commit = '', name = ''] = line.split('\t');
      commits.set(name, commit);
    }
    const commit = commits.get(peeled) ?? commits.get(ref);
    if (commit === undefined) throw this.missing(`${target.kind} ${JSON.stringify(target.name)}`);
    return { commit: this.checked(commit) };
  }

  private lookAtHead(listed: string): Found {
    const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(listed)?.[1];
    const commit = /^([0-9a-f]+)\tHEAD$/m.exec(listed)?.[1];
    if (commit === undefined) throw this.missing('default branch, or no commit at all');
    return { commit: this.checked(commit), branch };
  }

  private checked(commit: string): string {
    if (FULL_COMMIT.test(commit)) return commit;
    const message = `${this.shownUrl} has SHA-256 commits, which are not supported`;
    throw new ArenaError({ code: 'unsupported', message, hint: 'fetch from a repository with SHA-1 commits' });
  }

  private missing(what: string): ArenaError {
    const message = `${this.shownUrl} has no ${what}`;
    return new ArenaError({ code: 'invalid_input', message, hint: 'correct git.ref, or push it first' });
  }

  private async fetchRef({ git, url }: Session, ref: string): Promise<string> {
    await git.text([...SHALLOW, url, `+${ref}:${FETCHED}`]);
    return this.commitOf(git, FETCHED);
  }

  /** A commit by itself where the host gives it out so, else from among all branches and tags. */
  private async fetchCommit({ git, url }: Session, commit: string): Promise<string> {
    if (FULL_COMMIT.test(commit)) {
      const alone = await git.text([...SHALLOW, url, `+${commit}:${FETCHED}`]).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof ArenaError) || !MAY_BE_DEEPER.has(error.code)) throw error;
          return false;
        },
      );
      if (alone) return this.commitOf(git, FETCHED);
    }
    await git.text([...WHOLE, url, '+refs/heads/*:refs/arena/heads/*', '+refs/tags/*:refs/arena/tags/*']);
    try {
      return await this.commitOf(git, commit);
    } catch (error) {
      if (!(error instanceof ArenaError)) throw error;
      throw this.missing(`commit ${commit} on any branch or tag, or several that begin so`);
    }
  }

  private async commitOf(git: GitCommands, name: string): Promise<string> {
    return this.checked((await git.text(['rev-parse', '--verify', '--end-of-options', `${name}^{commit}`])).trim());
  }
}

/** What a host answers that gives out branches and tags alone. Anything else would meet a second try as well. */
const MAY_BE_DEEPER: ReadonlySet<string> = new Set(['invalid_input', 'provider_rejected', 'connection_failed']);

const refOf = ({ kind, name }: { kind: 'branch' | 'tag'; name: string }): string =>
  `refs/${kind === 'branch' ? 'heads' : 'tags'}/${name}`;

function revisionOf(target: GitTarget, commit: string, branch: string | undefined): string {
  const name = target.kind === 'commit' ? undefined : target.kind === 'default' ? branch : target.name;
  return name === undefined ? `sha1:${commit}` : `${name}@sha1:${commit}`;
}
