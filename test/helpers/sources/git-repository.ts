/** A repository that is written to like by an author, and served from its bare twin. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const AUTHOR = ['-c', 'user.name=author', '-c', 'user.email=author@example.com', '-c', 'commit.gpgsign=false'];

export class GitRepository {
  /** Holds `prompts.git`, the bare one. */
  readonly folder = mkdtempSync(join(tmpdir(), 'arena-test-repository-'));
  private readonly work = join(this.folder, 'work');
  readonly bare = join(this.folder, 'prompts.git');

  constructor() {
    execFileSync('git', ['init', '-q', '--bare', '-b', 'main', this.bare]);
    execFileSync('git', ['init', '-q', '-b', 'main', this.work]);
    this.git('remote', 'add', 'origin', this.bare);
  }

  /** Writes files, commits and pushes them; the commit's hash. */
  commit(files: { [path: string]: string | Uint8Array | { link: string } }, branch = 'main'): string {
    const isNew = this.git('branch', '--list', branch) === '' && this.hasCommits();
    if (isNew) this.git('checkout', '-q', '-b', branch);
    else if (this.hasCommits()) this.git('checkout', '-q', branch);
    for (const [path, content] of Object.entries(files)) {
      const absolute = join(this.work, path);
      mkdirSync(dirname(absolute), { recursive: true });
      rmSync(absolute, { force: true });
      if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, absolute);
      else writeFileSync(absolute, content);
    }
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', 'change');
    this.git('push', '-q', '--force', 'origin', branch);
    return this.git('rev-parse', 'HEAD');
  }

  tag(name: string, annotated = false): void {
    this.git('tag', ...(annotated ? ['-a', '-m', name] : []), name);
    this.git('push', '-q', 'origin', name);
  }

  /** A branch whose tree is ten folders deep, each holding the one below under ten names: ten thousand million files. */
  pushTreeWithoutEnd(branch: string): void {
    const treeOf = (input: string) =>
      execFileSync('git', ['mktree'], { cwd: this.work, input, encoding: 'utf8' }).trim();
    let tree = treeOf(`100644 blob ${this.git('rev-parse', 'main:config.arena.yaml')}\tf\n`);
    for (let depth = 0; depth < 10; depth += 1) {
      const below = tree;
      tree = treeOf(Array.from({ length: 10 }, (_, index) => `040000 tree ${below}\td${index}\n`).join(''));
    }
    this.git('push', '-q', 'origin', `${this.git('commit-tree', tree, '-m', 'bomb')}:refs/heads/${branch}`);
  }

  /** Any git command in the author's folder; what it says. */
  git(...args: string[]): string {
    return execFileSync('git', [...AUTHOR, ...args], { cwd: this.work, encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private hasCommits(): boolean {
    try {
      this.git('rev-parse', '--verify', 'HEAD');
      return true;
    } catch {
      return false;
    }
  }
}
