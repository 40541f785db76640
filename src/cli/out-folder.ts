import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ArenaError } from '../core/errors.js';

/** Makes the folder of the reports where it is missing; one that takes no files is refused before anything is paid for. */
export async function openOutFolder(path: string): Promise<string> {
  if (path.startsWith('s3://')) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `${path} is no folder`,
      hint: 'reports go to S3 with: arena run BUNDLE -o s3://bucket/prefix',
    });
  }
  const folder = resolve(path);
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArenaError(
      {
        code: 'invalid_input',
        message: `Reports cannot be written to ${path}: ${reason}`,
        hint: 'name another folder with -o',
      },
      { cause },
    );
  }
  return folder;
}
