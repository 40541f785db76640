/** Who takes part in a job: groups of Providers and agents. */
import { z } from 'zod';
import { labelName, objectName } from './names.js';

const ONE_OF = 'must have exactly one of providerRef and agentRef';

const entry = z
  .strictObject({
    providerRef: z
      .strictObject({
        name: objectName.describe('Name of the Provider.'),
        namespace: labelName
          .optional()
          .describe('Namespace of the Provider, which must allow it. Default: that of the job.'),
      })
      .optional()
      .describe('A Provider.'),
    agentRef: z
      .strictObject({ name: objectName.describe('Name of the AgentRuntime, in the namespace of the job.') })
      .optional()
      .describe('An AgentRuntime, which is talked to over WebSocket.'),
  })
  .refine(({ providerRef, agentRef }) => (providerRef === undefined) !== (agentRef === undefined), { error: ONE_OF })
  .meta({ oneOf: [{ required: ['providerRef'] }, { required: ['agentRef'] }] })
  .describe('A Provider or an agent: exactly one of both.');

/** CEL cannot look into a group, which is a list or a map; the API server applies the schema of its entries all the same. */
const group = z
  .union([z.array(entry).max(256), z.record(z.string().min(1).max(253), entry)], {
    error: 'must be a list of entries, or a map from ids of the bundle’s providers to entries',
  })
  .describe('A list: a pool. A map: what stands for which provider of the bundle, by its id.');

export const providerGroupsSchema = z
  .record(z.string().min(1).max(253), group)
  .describe('Group (e.g. default, judge, selfplay) → who is in it, in place of the bundle’s providers.');

export type ProviderEntry = z.infer<typeof entry>;
export type ProviderGroup = z.infer<typeof group>;
