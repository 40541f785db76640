import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex');

export const bundleRef = z
  .union([
    z.strictObject({
      path: z
        .string()
        .min(1)
        .describe(
          'Absolute path of a bundle folder or Arena file on the machine of the workers. Pinned by digest when the run is planned.',
        ),
    }),
    z.strictObject({
      digest: sha256.describe('SHA-256 of a packed bundle that lies in the store under `bundles/<digest>`.'),
    }),
    z.strictObject({
      artifact: sha256.describe('SHA-256 of the files of a source that lie in the store under `artifacts/<digest>`.'),
      arenaFile: z
        .string()
        .min(1)
        .optional()
        .describe('Path of the Arena file among them. Default: the one at their top, as for a folder.'),
    }),
    z.strictObject({
      arenaJob: z
        .strictObject({
          namespace: z.string().min(1).describe('Namespace of the ArenaJob.'),
          name: z.string().min(1).describe('Name of the ArenaJob.'),
          uid: z
            .string()
            .min(1)
            .optional()
            .describe('Refuse another object of that name. Default: whichever there is.'),
        })
        .describe(
          'An ArenaJob of the cluster that the workers run in. Everything else is read from it when the run is planned, so only `name`, `retryOf` and `historyLimit` may stand beside it.',
        ),
    }),
  ])
  .describe('What to run: exactly one of `path`, `digest`, `artifact` and `arenaJob`.');
