/** What a handler of a ToolRegistry says of its one kind of tool. */
import { z } from 'zod';
import { jsonObject } from '../json-value.js';
import { decimal, labelName, objectName, timeSpan } from './names.js';
import { withRules } from './rules.js';

const texts = z.record(z.string().min(1).max(256), z.string().max(8192));
const fieldNames = z.array(z.string().min(1).max(256)).max(100);

export const retryPolicySchema = z
  .object({
    maxAttempts: z
      .int()
      .min(1)
      .max(10)
      .meta({ format: 'int32' })
      .optional()
      .describe('Tries in all, 1..10. Default: 3.'),
    initialBackoff: timeSpan.optional().describe('Wait before the second try. Default: 100ms.'),
    backoffMultiplier: decimal.optional().describe('Each further wait is so many times longer. Default: "2.0".'),
    maxBackoff: timeSpan.optional().describe('Longest wait. Default: 30s.'),
    retryOn: z
      .array(z.int().min(100).max(599))
      .max(64)
      .optional()
      .describe('Statuses that are tried again, whatever the method. Default: 408, 429, 500, 502, 503, 504.'),
    respectRetryAfter: z
      .boolean()
      .optional()
      .describe(
        'Wait as long as `Retry-After` asks for; where that is more than maxBackoff, no longer try. Default: true.',
      ),
  })
  .describe(
    'When a call is made again. One that may have arrived without an answer: only if it is GET, HEAD, PUT or DELETE.',
  );

export const toolDefinitionSchema = z
  .object({
    name: z
      .string()
      .max(64)
      .regex(/^[a-z][a-z0-9_]*$/, 'must begin with a letter and hold lower case letters, digits and "_"')
      .describe('Name that models call.'),
    description: z.string().min(1).max(4096).describe('What it does, for models.'),
    inputSchema: jsonObject.describe('JSON Schema of the arguments.'),
    outputSchema: jsonObject.optional().describe('JSON Schema of the result.'),
  })
  .describe('The tool, as models see it; openapi and mcp bring their own.');

export const httpConfigSchema = z
  .object({
    endpoint: z
      .string()
      .max(2048)
      .regex(/^https?:\/\/\S+$/, 'must begin with https:// or http://')
      .describe('Address.'),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']).optional().describe('Default: POST.'),
    contentType: z.string().max(256).optional().describe('Default: application/json.'),
    headers: texts.optional().describe('Headers sent with each call; no secrets here.'),
    queryParams: fieldNames.optional().describe('Arguments that go into the query.'),
    headerParams: texts.optional().describe('Header → argument that it carries.'),
    staticQuery: texts.optional().describe('Query parameters that are always sent.'),
    staticBody: jsonObject.optional().describe('Fields that the body always has.'),
    bodyMapping: z.string().max(8192).optional().describe('JMESPath over the arguments; its result is the body.'),
    responseMapping: z.string().max(8192).optional().describe('JMESPath over the answer; its result is the tool’s.'),
    redact: fieldNames.optional().describe('Fields whose values no record shows.'),
    urlTemplate: z.string().max(4096).optional().describe('Path below the endpoint, with arguments in braces.'),
    retryPolicy: retryPolicySchema.optional(),
  })
  .describe('An HTTP service.');

export const openApiConfigSchema = z
  .looseObject({
    specURL: z
      .string()
      .max(2048)
      .regex(/^https?:\/\/\S+$/, 'must begin with https:// or http://')
      .describe('Address of the OpenAPI document.'),
  })
  .describe('The operations of an OpenAPI document.');

export const grpcConfigSchema = z
  .looseObject({ endpoint: z.string().min(1).max(512).describe('host:port.') })
  .describe('A gRPC service.');

export const mcpConfigSchema = withRules(
  z.object({
    transport: z.enum(['sse', 'stdio', 'streamable-http']).describe('How it is talked to.'),
    endpoint: z.string().max(2048).optional().describe('Address; for sse and streamable-http.'),
    command: z.string().max(4096).optional().describe('Program; for stdio.'),
    args: z.array(z.string().max(4096)).max(100).optional().describe('Its arguments.'),
    env: texts.optional().describe('Its environment; no secrets here.'),
    workDir: z.string().max(4096).optional().describe('Folder in which it starts.'),
    toolFilter: z
      .object({
        allowlist: fieldNames.optional().describe('Only these tools.'),
        blocklist: fieldNames.optional().describe('Not these tools.'),
      })
      .optional()
      .describe('Which tools are taken over. Default: all.'),
  }),
  {
    rule: "self.transport == 'stdio' ? has(self.command) && !has(self.endpoint) : has(self.endpoint) && !has(self.command)",
    message: 'stdio needs a command and no endpoint, the other transports the reverse: write the one that is needed',
  },
).describe('An MCP server.');

export const clientConfigSchema = z
  .object({
    consentMessage: z.string().max(4096).optional().describe('What a user is asked before the tool is used.'),
    categories: z.array(z.string().max(64)).max(64).optional().describe('Kinds of consent that it needs.'),
  })
  .describe('A tool that the client of an agent carries out.');

const tokenRef = z.object({
  name: objectName.describe('Name of the Secret, in the namespace of the registry.'),
  key: z.string().min(1).max(253).optional().describe('Its entry. Default: `token`.'),
});

const authBlock = z.looseObject({});

export const toolAuthSchema = withRules(
  z.object({
    type: z
      .enum(['none', 'bearer', 'basic', 'serviceAccount', 'workloadIdentity'])
      .describe('How the caller shows who it is.'),
    bearer: z
      .object({ secretRef: tokenRef.describe('The token.') })
      .optional()
      .describe('A token of a Secret.'),
    basic: z
      .object({
        secretRef: z
          .object({ name: objectName.describe('Secret with `username` and `password`.') })
          .describe('User and password.'),
      })
      .optional()
      .describe('User and password of a Secret.'),
    serviceAccount: authBlock
      .optional()
      .describe(
        'The token that the installation gives to workers for tools (ARENA_TOOL_TOKEN_FILE); nothing of it is read.',
      ),
    workloadIdentity: authBlock.optional().describe('Refused with its type.'),
  }),
  {
    rule: "(self.type == 'bearer') == has(self.bearer) && (self.type == 'basic') == has(self.basic)",
    message: 'auth needs the block of its type and no other: add it, or change type',
  },
  {
    rule: "self.type != 'workloadIdentity'",
    message:
      'workloadIdentity is not shown to tools, who could act with it in the cloud: use bearer, basic or serviceAccount',
    fieldPath: '.type',
  },
).describe('What the service wants to see. Default: nothing.');

export const handlerName = labelName.describe('Name of the handler.');
