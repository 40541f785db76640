/** The HTTP request of a live tool: how arguments become a request, and its answer a result. */
import { z } from 'zod';
import { compileQuery } from './jmespath.js';
import { jsonObject, textMap } from './json-value.js';

const query = z
  .string()
  .min(1)
  .superRefine((source, context) => {
    try {
      compileQuery(source);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', message: `is no JMESPath expression that can be used: ${reason}` });
    }
  });

/** Either the arguments that are sent under their own names, or what is sent by the name it is sent under. */
const params = z.union([z.array(z.string().min(1)), textMap]);

const request = z
  .object({
    query_params: params
      .optional()
      .describe(
        'Arguments that go into the query and not into the body: a list of names, or a map from parameter to argument or template.',
      ),
    header_params: params
      .optional()
      .describe(
        'Arguments that go into headers and not into the body: a list of names, or a map from header to argument or template.',
      ),
    static_query: textMap.optional().describe('Query parameters that are always sent; beat arguments.'),
    static_headers: textMap.optional().describe('Headers that are always sent; beat `headers`.'),
    static_body: jsonObject.optional().describe('Fields that the body always has; beat arguments.'),
    body_mapping: query.optional().describe('JMESPath over the arguments; its result is the body.'),
    body_template: z
      .string()
      .min(1)
      .optional()
      .describe('Template of the whole body over the arguments; printed values are escaped for JSON texts.'),
    exclude: z.array(z.string().min(1)).optional().describe('Arguments that go neither into the body nor the query.'),
  })
  .superRefine(({ body_mapping, body_template, static_body }, context) => {
    if (body_template === undefined || (body_mapping ?? static_body) === undefined) return;
    const message = 'cannot stand beside body_mapping or static_body: it is the whole body';
    context.addIssue({ code: 'custom', path: ['body_template'], message });
  })
  .describe(
    'How arguments become query, headers and body. Default: all in the body as JSON; with GET, HEAD and DELETE in the query.',
  );

const response = z
  .object({
    body_mapping: query.optional().describe('JMESPath over the JSON of the answer; its result is the tool’s.'),
  })
  .describe('How the body of the answer becomes the result.');

const multimodal = z
  .object({
    enabled: z.boolean().optional().describe('Default: true.'),
    accept_types: z
      .array(z.string().regex(/^[\w.+-]+\/([\w.+-]+|\*)$/, 'is no MIME type, such as image/png or image/*'))
      .optional()
      .describe('MIME types that are taken over. Default: image/*, audio/*, video/* and application/pdf.'),
  })
  .describe('How media in the answer become parts of the result. Absent: an answer that is no text is an error.');

export const httpToolSchema = z
  .strictObject({
    url: z
      .string()
      .min(1)
      // What a template begins with shows in the call only.
      .refine((url) => /^(https?:\/\/.|\{\{)/i.test(url.trim()), 'must begin with http:// or https://')
      .describe('Address, http or https; a template over the arguments, whose values are escaped for URLs.'),
    method: z
      .string()
      .transform((method) => method.toUpperCase())
      .pipe(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']))
      .optional()
      .describe('GET, HEAD, POST, PUT, PATCH or DELETE. Default: POST.'),
    timeout_ms: z
      .number()
      .min(0)
      .optional()
      .describe('Milliseconds until the whole answer is there. 0 or absent: the tool’s.'),
    headers: textMap
      .optional()
      .describe(`Headers sent with each request: templates over the arguments; \${NAME} is an environment variable.`),
    headers_from_env: z
      .array(z.string().regex(/^([!#$%&'*+.^_`|~\w-]+=)?\w+$/, 'is neither NAME nor Header-Name=NAME'))
      .optional()
      .describe(
        `Environment variables that headers are made of: 'Header-Name=NAME', or 'NAME' when 'headers' has \${NAME}.`,
      ),
    redact: z
      .array(z.string().min(1))
      .optional()
      .describe('Fields of arguments and results, at any depth, whose values no record or report shows.'),
    request: request.optional(),
    response: response.optional(),
    multimodal: multimodal.optional(),
  })
  .describe('The HTTP request of a live tool.');

export type HttpToolSpec = z.infer<typeof httpToolSchema>;
