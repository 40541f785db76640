/** A function that a model may call. */
import { z } from 'zod';
import { contentPartSchema } from './content-part.js';
import { documentOf } from './document.js';
import { jsonObject, jsonValue, textMap } from './json-value.js';

const timeoutMs = z.number().min(0);

const http = z
  .strictObject({
    url: z.string().min(1).describe('Address; may hold a template over the arguments.'),
    method: z.string().min(1).optional().describe('GET, POST, PUT, PATCH or DELETE. Default: POST.'),
    timeout_ms: timeoutMs.optional().describe('Milliseconds of one request. Default: the tool’s.'),
    headers: textMap.optional().describe('Headers sent with each request.'),
    headers_from_env: z.array(z.string()).optional().describe('Headers whose values stand in the environment.'),
    redact: z.array(z.string()).optional().describe('Fields that never appear in records.'),
    request: jsonObject.optional().describe('How arguments become query, headers and body.'),
    response: jsonObject.optional().describe('How the body of the answer becomes the result.'),
    multimodal: jsonObject.optional().describe('How media in the answer become parts of the result.'),
  })
  .describe('The HTTP request of a live tool.');

const exec = z
  .strictObject({
    command: z.string().min(1).describe('Program to run.'),
    args: z.array(z.string()).optional().describe('Its arguments.'),
    env: z.array(z.string()).optional().describe('Names of environment variables that it sees.'),
    timeout_ms: timeoutMs.optional().describe('Milliseconds of one call. Default: the tool’s.'),
    runtime: z.string().optional().describe('How the program is run.'),
    sandbox: jsonValue.optional().describe('How the program is confined.'),
  })
  .describe('The program of an exec tool.');

const client = z
  .strictObject({
    consent: z
      .strictObject({
        required: z.boolean().optional().describe('Whether the user is asked. Default: false.'),
        message: z.string().optional().describe('What the user is asked.'),
        decline_strategy: z.string().optional().describe('What happens when the user declines.'),
      })
      .optional()
      .describe('Consent of the user.'),
    timeout_ms: timeoutMs.optional().describe('Milliseconds the client has to answer.'),
    categories: z.array(z.string()).optional().describe('What the tool touches, e.g. location.'),
    validate_output: z.boolean().optional().describe('Whether the answer must comply with output_schema.'),
  })
  .describe('A tool that runs at the user’s side.');

export const toolSpecSchema = z
  .strictObject({
    id: z.string().min(1).optional().describe('Id when metadata.name and name are absent.'),
    name: z.string().min(1).optional().describe('Name that the model calls; metadata.name wins.'),
    description: z.string().describe('What the model is told about the tool.'),
    input_schema: jsonObject.describe('JSON Schema of the arguments.'),
    output_schema: jsonObject.optional().describe('JSON Schema of the result. Default: anything.'),
    mode: z
      .enum(['mock', 'live', 'mcp', 'client', 'local', 'exec'])
      .describe('How a call is carried out: mock needs nothing else.'),
    timeout_ms: timeoutMs.optional().describe('Milliseconds of one call. Default: 30000.'),
    mock_result: jsonValue.optional().describe('Result of every call.'),
    mock_template: z.string().optional().describe('Template of the result over the arguments; beats mock_result.'),
    mock_parts: z.array(contentPartSchema).optional().describe('Media that come with the mock result.'),
    http: http.optional(),
    exec: exec.optional(),
    client: client.optional(),
  })
  .describe('A function that a model may call.');

export const toolSchema = documentOf('Tool', toolSpecSchema);

export type ToolSpec = z.infer<typeof toolSpecSchema>;
