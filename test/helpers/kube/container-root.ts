/**
 * What a container sees of this machine. As root on Linux it gets a mount namespace whose root is put together of this
 * machine's folders and its own mounts, so nothing is left behind and paths are what its manifest says. Elsewhere it
 * runs in place, and its mount paths are replaced by their folders in arguments and environment.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Mount } from './pod-volumes.js';
import { tied } from './server-process.js';

export interface ContainerView {
  mounts: readonly Mount[];
  /** Folder to work in, as the container sees it. */
  workingDir: string;
  /** An empty folder that becomes its root. */
  root: string;
  readOnlyRoot: boolean;
  user?: number;
  group?: number;
  groups: readonly number[];
  noNewPrivileges: boolean;
}

let isolates: boolean | undefined;

/** Whether containers get a root of their own here. */
export function canIsolate(): boolean {
  isolates ??=
    process.getuid?.() === 0 &&
    spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt && setpriv --version']).status === 0;
  return isolates;
}

/** A command that runs another in that view; its process is that of the command itself. */
export function isolated(command: readonly string[], view: ContainerView): string[] {
  const { root, workingDir, user, group, groups, noNewPrivileges } = view;
  const rights = [
    ...(user === undefined ? [] : ['--reuid', String(user), '--regid', String(group ?? user)]),
    ...(user === undefined ? [] : groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')]),
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
    '--pdeathsig',
    'KILL',
  ];
  const inside = `cd ${quoted(workingDir)} && exec "$@"`;
  const script = [
    'set -e',
    // The container's own PATH need not lead to what makes its root.
    'path=$PATH; export PATH=/usr/sbin:/usr/bin:/sbin:/bin',
    ...rootScript(view),
    `exec chroot ${quoted(root)} setpriv ${rights.join(' ')} -- env "PATH=$path" /bin/sh -c ${quoted(inside)} container "$@"`,
  ];
  return tied(['unshare', '-m', '--propagation', 'private', 'sh', '-c', script.join('\n'), 'container', ...command]);
}

/** The text with each mount path at the beginning of a path replaced by its folder. */
export function relocated(text: string, mounts: readonly Mount[]): string {
  const longestFirst = [...mounts].sort((a, b) => b.path.length - a.path.length);
  for (const { path, source } of longestFirst) {
    const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    text = text.replace(
      new RegExp(`(^|[^\\w./-])${escaped}(?=$|[^\\w.-])`, 'g'),
      (_, before: string) => before + source,
    );
  }
  return text;
}

function rootScript({ root, mounts, readOnlyRoot }: ContainerView): string[] {
  const own = mounts.map((mount) => ({ ...mount, path: canonical(mount.path) }));
  own.sort((a, b) => a.path.length - b.path.length);
  const bound = machineMounts(
    '/',
    own.map(({ path }) => path),
  );
  const at = (path: string) => quoted(join(root, path));
  const makePoint = (source: string, path: string) =>
    statSync(source).isDirectory() ? `mkdir -p ${at(path)}` : `mkdir -p ${at(dirname(path))} && touch ${at(path)}`;
  const readOnly = (path: string) => `mount -o remount,bind,ro ${at(path)}`;
  return [
    `mount -t tmpfs -o mode=755 container ${quoted(root)}`,
    ...bound.folders.map((path) => `mkdir -p -m ${(statSync(path).mode & 0o7777).toString(8)} ${at(path)}`),
    ...bound.links.map((path) => `ln -s ${quoted(readlinkSync(path))} ${at(path)}`),
    ...bound.entries.flatMap((path) => [
      makePoint(path, path),
      `mount --rbind ${quoted(path)} ${at(path)}`,
      ...(readOnlyRoot && !SYSTEM.includes(path) ? [readOnly(path)] : []),
    ]),
    ...own.flatMap(({ path, source, readOnly: isReadOnly }) => [
      makePoint(source, path),
      `mount --bind ${quoted(source)} ${at(path)}`,
      ...(isReadOnly ? [readOnly(path)] : []),
    ]),
    ...(readOnlyRoot ? [`mount -o remount,ro ${quoted(root)}`] : []),
  ];
}

/** Of these the system itself says what may be written. */
const SYSTEM = ['/dev', '/proc', '/sys'];

/** What of a folder of this machine is bound as it is, made anew because a mount lies below it, or is a link. */
function machineMounts(folder: string, mounts: readonly string[]) {
  const found = { entries: [] as string[], folders: [] as string[], links: [] as string[] };
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (mounts.includes(path)) continue;
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink()) found.links.push(path);
    else if (stats?.isDirectory() && mounts.some((mount) => mount.startsWith(`${path}/`))) {
      const inside = machineMounts(path, mounts);
      found.folders.push(path, ...inside.folders);
      found.entries.push(...inside.entries);
      found.links.push(...inside.links);
    } else if (stats?.isDirectory() || stats?.isFile()) found.entries.push(path);
  }
  return found;
}

/** The path with the links in it followed, as far as it is there: `/var/run` is a link on most machines. */
function canonical(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  return join(canonical(dirname(path)), path.slice(dirname(path).length));
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
