/** ArenaSource: where bundles come from. */
import { z } from 'zod';
import { objectName, secretOfNamespace, subPath, timeSpan } from './names.js';
import { conditionsSchema, objectOf, observedGeneration, time } from './object-meta.js';
import { withRules } from './rules.js';

const ref = z.string().min(1).max(255);

const git = z
  .strictObject({
    url: z
      .string()
      .max(2048)
      .regex(/^(https?|ssh):\/\/\S+$/, 'must begin with https://, http:// or ssh://')
      .describe('Address of the repository: https, http or ssh.'),
    ref: z
      .strictObject({
        branch: ref.optional().describe('Tip of this branch. Beats `tag` and `commit`.'),
        tag: ref.optional().describe('This tag. Beats `commit`.'),
        commit: z
          .string()
          .regex(/^[0-9a-fA-F]{7,64}$/, 'is no commit: 7 to 64 hexadecimal digits')
          .optional()
          .describe('This commit, in hex; all 40 digits are fetched fastest.'),
      })
      .optional()
      .describe('Which revision. Default: the default branch.'),
    path: subPath.optional().describe('Folder that is taken. Default: all of the repository.'),
    secretRef: secretOfNamespace
      .optional()
      .describe(
        'Secret with `username` and `password` (https; a token is a password), or `identity` and `known_hosts` (ssh). Default: anonymous.',
      ),
  })
  .describe('A git repository.');

const oci = z
  .strictObject({
    url: z
      .string()
      .max(2048)
      .regex(
        /^oci:\/\/[^\s/]+\/\S+$/,
        'must look like oci://registry/repository:tag or oci://registry/repository@sha256:…',
      )
      .describe('oci://registry/repository with `:tag` or `@sha256:…`. Default tag: latest.'),
    secretRef: secretOfNamespace
      .optional()
      .describe('Secret with `username` and `password`, or `.dockerconfigjson`. Default: anonymous.'),
    insecure: z.boolean().optional().describe('Plain http, or a certificate that nobody vouches for. Default: false.'),
  })
  .describe('An image or artifact of an OCI registry.');

const configMap = z
  .strictObject({
    name: objectName.describe('Name of the ConfigMap.'),
    key: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('Nothing reads it: each key is a file. Answered with a warning.'),
  })
  .describe('A ConfigMap of the same namespace: each key is a file, `__` in it stands for `/`.');

const workspace = z
  .strictObject({ path: subPath.describe('Folder on the workspace volume.') })
  .describe(
    'A folder of a workspace volume. There is none here: such a source is answered with a condition that says so.',
  );

const sourceTypes = ['git', 'oci', 'configmap', 'workspace'] as const;

export const arenaSourceSpecSchema = withRules(
  z.strictObject({
    type: z.enum(sourceTypes).describe('Which of the blocks below says where the bundle is.'),
    git: git.optional(),
    oci: oci.optional(),
    configMap: configMap.optional(),
    workspace: workspace.optional(),
    interval: timeSpan.describe('How often the source is asked for a new revision, e.g. 5m.'),
    suspend: z.boolean().optional().describe('Ask no more; what was fetched stays. Default: false.'),
    timeout: timeSpan.optional().describe('Time for one look and fetch. Default: 60s.'),
    targetPath: subPath.optional().describe('Nothing reads it: artifacts lie in the store. Answered with a warning.'),
    createVersionOnSync: z
      .boolean()
      .optional()
      .describe('Nothing reads it: each revision is kept under its digest. False is answered with a warning.'),
  }),
  {
    rule: '[has(self.git), has(self.oci), has(self.configMap), has(self.workspace)].filter(set, set).size() <= 1',
    message: 'only one of git, oci, configMap and workspace can be set: keep the one that type names',
  },
  {
    rule: "self.type != 'git' || has(self.git)",
    message: 'type git needs the block git: add git.url',
    reason: 'FieldValueRequired',
  },
  {
    rule: "self.type != 'oci' || has(self.oci)",
    message: 'type oci needs the block oci: add oci.url',
    reason: 'FieldValueRequired',
  },
  {
    rule: "self.type != 'configmap' || has(self.configMap)",
    message: 'type configmap needs the block configMap: add configMap.name',
    reason: 'FieldValueRequired',
  },
  {
    rule: "self.type != 'workspace' || has(self.workspace)",
    message: 'type workspace needs the block workspace: add workspace.path',
    reason: 'FieldValueRequired',
  },
);

const sourcePhases = ['Pending', 'Initializing', 'Ready', 'Fetching', 'Error'] as const;

const artifact = z
  .object({
    revision: z.string().describe('main@sha1:<commit>, tag@sha256:<digest>, or the resourceVersion of a ConfigMap.'),
    digest: z.string().optional().describe('sha256:<hex> of the packed files.'),
    size: z.int().min(0).meta({ format: 'int64' }).optional().describe('Bytes of the pack.'),
    url: z.string().optional().describe('Where the pack can be downloaded by who may read this object.'),
    lastUpdateTime: time.describe('When it was fetched.'),
    arenaFile: z.string().optional().describe('Path of the Arena file in it, where there is one.'),
  })
  .describe('The files of one revision.');

export const arenaSourceStatusSchema = z.object({
  phase: z.enum(sourcePhases).optional().describe('State in one word.'),
  conditions: conditionsSchema.optional(),
  observedGeneration: observedGeneration.optional(),
  lastFetchTime: time.optional().describe('Last successful look at the source that changed this status.'),
  nextFetchTime: time
    .optional()
    .describe('When the next look was due as this status was written; further ones follow every `interval`.'),
  artifact: artifact.optional(),
  artifacts: z.array(artifact).max(1000).optional().describe('What is kept, newest first.'),
  lastHandledReconcileAt: z
    .string()
    .optional()
    .describe('Value of the annotation `arena.dev/reconcile-at` that was last followed.'),
});

export const arenaSourceSchema = objectOf('ArenaSource', arenaSourceSpecSchema, arenaSourceStatusSchema);

export type ArenaSourceObject = z.infer<typeof arenaSourceSchema>;
export type ArenaSourceSpec = z.infer<typeof arenaSourceSpecSchema>;
export type ArenaSourceStatus = z.infer<typeof arenaSourceStatusSchema>;
export type SourceArtifact = z.infer<typeof artifact>;
