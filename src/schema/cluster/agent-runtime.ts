/** AgentRuntime: a deployed agent. Of Omnia's kind only what is needed to find and reach it; the rest is left alone. */
import { z } from 'zod';
import { conditionsSchema, objectOf, observedGeneration } from './object-meta.js';
import { withRules } from './rules.js';

const port = z.int().min(1).max(65_535).meta({ format: 'int32' });

const facade = z
  .looseObject({
    type: z.enum(['websocket', 'a2a', 'rest', 'mcp', 'custom']).describe('Protocol. Arena speaks websocket.'),
    port: port.optional().describe('Port of the Service of the agent’s name. Default: 8080.'),
    managementPlane: z
      .boolean()
      .optional()
      .describe('Whether the WebSocket is served inside the cluster too, on port 18080. Default: true.'),
  })
  .describe('A way to reach the agent.');

const agentRuntimeSpecSchema = withRules(
  z.looseObject({
    mode: z.enum(['agent', 'function']).optional().describe('Only agents hold conversations. Default: agent.'),
    facades: z.array(facade).min(1).max(4).optional().describe('Ways to reach it, one for each protocol.'),
    facade: facade.optional().describe('The only way to reach it, as older objects say it.'),
    endpoint: z
      .string()
      .max(2048)
      .regex(/^wss?:\/\/\S+$/, 'must begin with wss:// or ws://')
      .optional()
      .describe('Address of the WebSocket, where nothing fills in the status. Beats the status.'),
  }),
  {
    rule: '!has(self.facades) || self.facades.all(one, self.facades.exists_one(other, other.type == one.type))',
    message: 'facades must differ in type: keep one of each',
    fieldPath: '.facades',
  },
);

const agentRuntimeStatusSchema = z.looseObject({
  phase: z.string().max(64).optional().describe('Pending, Running or Failed.'),
  conditions: conditionsSchema.optional(),
  observedGeneration: observedGeneration.optional(),
  serviceEndpoint: z.string().optional().describe('host:port of the agent in the cluster, without a scheme.'),
  managementEndpoints: z
    .looseObject({ ws: port.optional().describe('Port of the WebSocket inside the cluster.') })
    .optional()
    .describe('Ports that are reachable inside the cluster only.'),
});

export const agentRuntimeSchema = objectOf('AgentRuntime', agentRuntimeSpecSchema, agentRuntimeStatusSchema);

export type AgentRuntimeObject = z.infer<typeof agentRuntimeSchema>;
