/** Images of containers as commands of this machine. */
import { dirname, resolve } from 'node:path';
import type { Mount } from './pod-volumes.js';

export interface Image {
  entrypoint: readonly string[];
  cmd?: readonly string[];
  env?: { [name: string]: string };
  /** Default: `/`. */
  workingDir?: string;
  /** Folders of this machine that stand for what the image holds. */
  mounts?: readonly Mount[];
  user?: number;
}

/** By the part of an image's name before its tag or digest: the last part of its path, or all of it. */
export type Images = { [name: string]: Image };

/** The image of this project: the built checkout as `/app`, `arena` as the command. */
export const ARENA_IMAGE: Image = {
  entrypoint: ['node', '/app/dist/src/cli/main.js'],
  env: { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, NODE_ENV: 'production' },
  workingDir: '/app',
  mounts: [{ path: '/app', source: resolve('.'), readOnly: true }],
};

/** Runs commands of this machine, so that tests of the stand-in need nothing else. */
export const MACHINE_IMAGE: Image = { entrypoint: [], env: { PATH: ARENA_IMAGE.env?.PATH ?? '' } };

export function imageNamed(images: Images, name: string): Image | undefined {
  const withoutTag = name.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return images[withoutTag] ?? images[withoutTag.split('/').at(-1) ?? ''];
}
