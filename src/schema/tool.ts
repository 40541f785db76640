/** A function that a model may call. */
import { z } from 'zod';
import { contentPartSchema } from './content-part.js';
import { documentOf } from './document.js';
import { httpToolSchema } from './http-tool.js';
import { jsonObject, jsonValue } from './json-value.js';

const timeoutMs = z.number().min(0);

const exec = z
  .strictObject({
    command: z.string().min(1).describe('Program to run: a name on PATH, or a path.'),
    args: z
      .array(z.string())
      .optional()
      .describe('Its arguments: templates over those of the call. There is no shell between.'),
    env: z
      .array(z.string().regex(/^\w+$/, 'is no name of an environment variable'))
      .optional()
      .describe('Names of environment variables that it sees beside PATH, LANG and TZ.'),
    timeout_ms: timeoutMs.optional().describe('Milliseconds of one call. 0 or absent: the tool’s.'),
    runtime: z
      .string()
      .optional()
      .describe('How the program is run: exec, a process for each call. Others are refused. Default: exec.'),
    sandbox: jsonValue.optional().describe('How the program is confined. Refused: it has the rights of the worker.'),
  })
  .describe('The program of an exec tool: gets the arguments as JSON on stdin, prints the result as JSON or text.');

const client = z
  .strictObject({
    consent: z
      .strictObject({
        required: z
          .boolean()
          .optional()
          .describe('Whether the user is asked; the turn’s consent_overrides say what is answered. Default: false.'),
        message: z.string().optional().describe('What the user is asked; stands in the record of a refusal.'),
        decline_strategy: z
          .string()
          .optional()
          .describe('What happens when the user declines: error, the model is told. Others warn and do the same.'),
      })
      .optional()
      .describe('Consent of the user.'),
    timeout_ms: timeoutMs
      .optional()
      .describe('Milliseconds the client has to answer; stands in the record of a timeout. Default: the tool’s.'),
    categories: z
      .array(z.string())
      .optional()
      .describe('What the tool touches, e.g. location; stands in the record of a refusal.'),
    validate_output: z
      .boolean()
      .optional()
      .describe('Whether the answer must comply with output_schema. Default: true.'),
  })
  .describe('A tool that runs at the user’s side.');

const askedProvider = z
  .strictObject({
    id: z
      .string()
      .min(1)
      .describe('Id of the provider: a model or an agent of the bundle. Its group is its own affair.'),
    system: z.string().optional().describe('System prompt of the call. Default: none.'),
    message: z
      .string()
      .optional()
      .describe('What it is asked: a template over the arguments, as mock_template. Default: the arguments as JSON.'),
  })
  .describe('The provider that carries out a tool of mode provider. Its answer is the result; JSON is read as such.');

export const toolSpecSchema = z
  .strictObject({
    id: z.string().min(1).optional().describe('Id when metadata.name and name are absent.'),
    name: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Name that the model calls. Where metadata.name is another one, the one that prompts allow, else metadata.name.',
      ),
    description: z.string().describe('What the model is told about the tool.'),
    input_schema: jsonObject.describe('JSON Schema of the arguments.'),
    output_schema: jsonObject.optional().describe('JSON Schema of the result. Default: anything.'),
    mode: z
      .enum(['mock', 'live', 'mcp', 'client', 'local', 'exec', 'provider'])
      .describe(
        'How a call is carried out: mock and client by the mock below, live by `http`, exec by `exec`, mcp by the tool of this name that one MCP server has; local by the mock, else refused; provider by the model or agent that `provider` names.',
      ),
    timeout_ms: timeoutMs.optional().describe('Milliseconds of one call. 0 or absent: 30000.'),
    mock_result: jsonValue.optional().describe('Result of every call.'),
    mock_template: z.string().optional().describe('Template of the result over the arguments; beats mock_result.'),
    mock_parts: z.array(contentPartSchema).optional().describe('Media that come with the mock result.'),
    http: httpToolSchema.optional(),
    exec: exec.optional(),
    client: client.optional(),
    provider: askedProvider.optional(),
  })
  .superRefine(({ mode, http, exec: program, provider }, context) => {
    const blocks: { [mode: string]: [name: string, block: unknown] } = {
      live: ['http', http],
      exec: ['exec', program],
      provider: ['provider', provider],
    };
    const [missing, block] = blocks[mode] ?? [];
    if (missing === undefined || block !== undefined) return;
    context.addIssue({ code: 'custom', path: ['mode'], message: `${mode} needs a block "${missing}"` });
  })
  .describe('A function that a model may call.');

export const toolSchema = documentOf('Tool', toolSpecSchema);

export type ToolSpec = z.infer<typeof toolSpecSchema>;
