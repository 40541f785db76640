/** Agents over A2A: answered from rules in the bundle, or asked at their address. */
import { z } from 'zod';
import { jsonValue, textMap } from './json-value.js';

const skill = z.object({
  id: z.string().min(1).describe('Id of the skill, as in tool names.'),
  name: z.string().optional().describe('Name for people; described to the model where there is no description.'),
  description: z.string().optional().describe('What the model is told.'),
  tags: z.array(z.string()).optional().describe('Words about the skill that the model is told as well.'),
});

const card = z
  .object({
    name: z.string().min(1).optional().describe('Name for people; records show it. Default: the agent’s name.'),
    description: z.string().optional().describe('What the agent does; told where a skill has no description.'),
    skills: z
      .array(skill)
      .optional()
      .describe(
        'What the agent can do; each becomes a tool. Absent: those that its responses name, or that a remote agent’s card lists.',
      ),
  })
  .describe('What the agent says of itself.');

const part = z
  .object({
    text: z.string().optional().describe('A text.'),
    data: jsonValue.optional().describe('Any value; the model sees it as JSON.'),
    url: z.string().min(1).optional().describe('Address of a file.'),
    raw: z.string().min(1).optional().describe('Content of a file in base64.'),
    media_type: z
      .string()
      .regex(/^[\w.+-]+\/[\w.+-]+$/, 'is no MIME type, such as image/png')
      .optional()
      .describe('MIME type of a file. Default: application/octet-stream.'),
  })
  .superRefine(({ text, data, url, raw }, context) => {
    if ([text, data, url, raw].filter((one) => one !== undefined).length === 1) return;
    context.addIssue({ code: 'custom', message: 'must hold exactly one of text, data, url and raw' });
  })
  .describe('A part of an answer.');

const response = z
  .object({
    skill: z.string().min(1).optional().describe('Skill that is answered. Absent: any.'),
    match: z
      .object({
        contains: z.string().min(1).optional().describe('Text that the request holds, in capitals or not.'),
        regex: z.string().min(1).optional().describe('RE2 pattern that the request matches.'),
      })
      .optional()
      .describe('When the rule applies: all that is named must hold. Absent: always.'),
    response: z
      .object({ parts: z.array(part).optional().describe('Parts of the answer. Absent: an empty answer.') })
      .optional()
      .describe('The answer.'),
    error: z.string().min(1).optional().describe('An error in place of the answer.'),
  })
  .superRefine(({ response: answer, error }, context) => {
    if (answer === undefined || error === undefined) return;
    context.addIssue({ code: 'custom', path: ['error'], message: 'cannot stand beside a response' });
  })
  .describe('A rule of a mock agent.');

const auth = z
  .object({
    scheme: z.string().optional().describe('Word before the token. Default: Bearer; empty: none.'),
    token: z.string().min(1).optional().describe('The token itself.'),
    token_env: z.string().min(1).optional().describe('Environment variable that holds the token.'),
    header: z.string().min(1).optional().describe('Header that carries it. Default: Authorization.'),
  })
  .superRefine(({ token, token_env }, context) => {
    if ((token === undefined) !== (token_env === undefined)) return;
    context.addIssue({ code: 'custom', message: 'must hold exactly one of token and token_env' });
  })
  .describe('Credentials for a remote agent.');

export const a2aAgentSchema = z
  .object({
    name: z.string().min(1).describe('Name in tool names: a2a__NAME__SKILL.'),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an address that begins with http:// or https://' })
      .optional()
      .describe('Address of a remote agent, or of its card. Absent: the responses below answer.'),
    card: card.optional(),
    responses: z.array(response).optional().describe('Answers of a mock agent; the first rule that fits counts.'),
    auth: auth.optional(),
    headers: textMap.optional().describe('Headers for a remote agent.'),
    headers_from_env: z
      .array(z.string().regex(/^[!#$%&'*+.^_`|~\w-]+=\w+$/, 'is not Header-Name=NAME'))
      .optional()
      .describe('Headers for a remote agent whose values stand in environment variables: Header-Name=NAME.'),
    timeout_ms: z
      .int()
      .min(0)
      .max(3_600_000)
      .optional()
      .describe('Milliseconds until a remote agent has answered, its work included. 0 or absent: 60000.'),
  })
  .superRefine((agent, context) => {
    if (agent.url !== undefined && agent.responses !== undefined) {
      const message = 'cannot stand beside url: an agent is either remote or answered from here';
      context.addIssue({ code: 'custom', path: ['responses'], message });
    }
    if (agent.url !== undefined) return;
    for (const key of ['auth', 'headers', 'headers_from_env', 'timeout_ms'] as const) {
      if (agent[key] === undefined) continue;
      context.addIssue({ code: 'custom', path: [key], message: 'is for a remote agent: there is no url' });
    }
  })
  .describe('An agent that the model can call.');

export type A2aAgentSpec = z.infer<typeof a2aAgentSchema>;
export type AgentPartSpec = z.infer<typeof part>;
