/** A folder laid over this machine's file system as the root of processes, in place of a container. Needs root and overlayfs. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface ProcessOptions {
  workdir?: string;
  env?: { [name: string]: string };
  /** Number of another user, who has no rights of root at all. */
  user?: number;
  /** Nothing can be written but below /tmp. */
  readOnly?: boolean;
}

/** Arguments: folder, `ro` or `rw`, number of the user or empty, working folder, command. */
const ENTER = `
folder=$1 mode=$2 user=$3 workdir=$4 at=$1/root; shift 4
work=$(mktemp -d "$folder/work-XXXXXX")
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/files,workdir=$work,index=off" "$at"
mount -o "remount,$mode" "$at"
for name in dev proc sys; do mount --rbind "/$name" "$at/$name"; done
[ "$mode" = rw ] || mount -t tmpfs -o mode=1777 tmpfs "$at/tmp"
[ -z "$user" ] || set -- setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs --bounding-set=-all "$@"
exec chroot "$at" sh -c 'cd "$0" && exec "$@"' "$workdir" "$@"
`;

export class RootTrial {
  private constructor(private readonly folder: string) {}

  static make(folder: string): RootTrial {
    for (const name of ['files', 'root']) mkdirSync(join(folder, name), { recursive: true });
    return new RootTrial(folder);
  }

  /** Where a path of the trial lies on this machine. */
  path(inside: string): string {
    return join(this.folder, 'files', inside);
  }

  add(file: string, inside: string): void {
    mkdirSync(dirname(this.path(inside)), { recursive: true });
    cpSync(file, this.path(inside), { verbatimSymlinks: true });
  }

  /** A folder of many files, each linked; they may be deleted inside, not written to. */
  linkCopy(folder: string, inside: string): void {
    mkdirSync(dirname(this.path(inside)), { recursive: true });
    execFileSync('cp', ['-al', folder, this.path(inside)]);
    // npm writes this one.
    const list = join(folder, '.package-lock.json');
    if (!existsSync(list)) return;
    rmSync(this.path(`${inside}/.package-lock.json`));
    cpSync(list, this.path(`${inside}/.package-lock.json`));
  }

  /** As COPY does: a folder's contents into the target, a file into a target that ends in `/`. */
  take(from: RootTrial, source: string, target: string): void {
    const file = from.path(source);
    if (statSync(file).isDirectory()) this.linkCopy(file, target);
    else this.add(file, target.endsWith('/') ? join(target, basename(source)) : target);
  }

  start(
    command: readonly string[],
    { workdir = '/', env = {}, user, readOnly = false }: ProcessOptions = {},
  ): ChildProcess {
    const settings = [this.folder, readOnly ? 'ro' : 'rw', String(user ?? ''), workdir];
    const args = ['--mount', 'sh', '-euc', ENTER, 'sh', ...settings, ...command];
    const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    return spawn('unshare', args, { env: { PATH, HOME: '/tmp', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** What it writes to stdout. Throws unless it ends well. */
  async run(command: readonly string[], options: ProcessOptions = {}): Promise<string> {
    const child = this.start(command, options);
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }
}
