/** ToolRegistry: tools that live somewhere else. Compatible with Omnia's kind; fields beyond these are left alone. */
import { z } from 'zod';
import { jsonObject } from '../json-value.js';
import { timeSpan } from './names.js';
import { conditionsSchema, objectOf, observedGeneration, time } from './object-meta.js';
import { withRules } from './rules.js';
import {
  clientConfigSchema,
  grpcConfigSchema,
  handlerName,
  httpConfigSchema,
  mcpConfigSchema,
  openApiConfigSchema,
  retryPolicySchema,
  toolAuthSchema,
  toolDefinitionSchema,
} from './tool-handlers.js';

export const handlerTypes = ['http', 'openapi', 'grpc', 'mcp', 'client'] as const;

const needs = (type: (typeof handlerTypes)[number], field: string) => ({
  rule: `self.type != '${type}' || has(self.${field})`,
  message: `type ${type} needs the block ${field}: add it, or change type`,
  reason: 'FieldValueRequired' as const,
  fieldPath: `.${field}`,
});

const handler = withRules(
  z.object({
    name: handlerName,
    type: z.enum(handlerTypes).describe('What kind of service it is.'),
    tool: toolDefinitionSchema.optional(),
    httpConfig: httpConfigSchema.optional(),
    openAPIConfig: openApiConfigSchema.optional(),
    grpcConfig: grpcConfigSchema.optional(),
    mcpConfig: mcpConfigSchema.optional(),
    clientConfig: clientConfigSchema.optional(),
    auth: toolAuthSchema.optional(),
    timeout: timeSpan.optional().describe('Time of one try; of mcp, of a call with all its tries. Default: 30s.'),
    retryPolicy: retryPolicySchema.optional(),
  }),
  {
    rule: "!(self.type in ['http', 'grpc', 'client']) || has(self.tool)",
    message: 'this type needs the block tool, with name, description and inputSchema: add it',
    reason: 'FieldValueRequired',
    fieldPath: '.tool',
  },
  needs('http', 'httpConfig'),
  needs('openapi', 'openAPIConfig'),
  needs('mcp', 'mcpConfig'),
  {
    rule: "self.type != 'grpc'",
    message:
      'type grpc is not called, because nothing here says which method takes which message: offer the tool over http, openapi or mcp',
    fieldPath: '.type',
  },
  {
    rule: "(self.type in ['http', 'openapi'] || self.type == 'mcp' && has(self.mcpConfig) && self.mcpConfig.transport != 'stdio') || !has(self.retryPolicy) && (!has(self.auth) || self.auth.type == 'none')",
    message: 'auth and retryPolicy are for services that are called over HTTP: remove them',
  },
).describe('A service with one tool or more.');

const toolRegistrySpecSchema = z.object({
  handlers: z.array(handler).min(1).max(128).describe('Where the tools are.'),
  probe: z
    .object({
      enabled: z.boolean().optional().describe('Default: false.'),
      interval: timeSpan
        .optional()
        .describe('A worker that has found a service does not look for it again for so long. Default: 60s.'),
      timeout: timeSpan.optional().describe('Time in which a service must accept a connection. Default: 5s.'),
    })
    .optional()
    .describe('Whether a run begins only when all services with an address accept connections.'),
});

const discoveredTool = z.object({
  name: z.string().describe('Name that models call; of openapi and mcp handlers the handler’s own.'),
  handlerName: z.string().optional().describe('Handler that it comes from.'),
  description: z.string().optional().describe('What it does.'),
  inputSchema: jsonObject.optional().describe('JSON Schema of the arguments.'),
  outputSchema: jsonObject.optional().describe('JSON Schema of the result.'),
  endpoint: z.string().optional().describe('Where it is.'),
  status: z.string().optional().describe('Available, Unavailable or Unknown.'),
  lastChecked: time.optional().describe('When that was last looked at.'),
  error: z.string().optional().describe('Why it is not available.'),
});

const toolRegistryStatusSchema = z.object({
  phase: z.string().max(64).optional().describe('Pending, Ready, Degraded or Failed.'),
  conditions: conditionsSchema.optional(),
  observedGeneration: observedGeneration.optional(),
  discoveredToolsCount: z.int().min(0).meta({ format: 'int32' }).optional().describe('Tools in all.'),
  discoveredTools: z.array(discoveredTool).max(1024).optional().describe('The tools.'),
  lastDiscoveryTime: time.optional().describe('When they were last looked for.'),
});

export const toolRegistrySchema = objectOf('ToolRegistry', toolRegistrySpecSchema, toolRegistryStatusSchema);

export type ToolRegistryObject = z.infer<typeof toolRegistrySchema>;
export type ToolHandler = z.infer<typeof handler>;
export type DiscoveredTool = z.infer<typeof discoveredTool>;
