/** What several prompts and agents of a bundle do together: states, agents over A2A, skills. */
import { z } from 'zod';
import { jsonObject, jsonValue, textMap } from './json-value.js';

const state = z
  .strictObject({
    prompt_task: z.string().min(1).optional().describe('Prompt that answers in this state.'),
    description: z.string().optional().describe('What the state is for.'),
    on_event: z.record(z.string(), z.string()).optional().describe('Next state by event.'),
    terminal: z.boolean().optional().describe('Whether the workflow ends here. Default: false.'),
    max_visits: z.int().min(0).optional().describe('How often the state may be entered. 0 or absent: no limit.'),
    on_max_visits: z.string().optional().describe('State that is entered instead when max_visits is used up.'),
    artifacts: z
      .record(
        z.string(),
        z.strictObject({
          type: z.string().optional().describe('MIME type.'),
          description: z.string().optional().describe('What it holds.'),
          mode: z.enum(['replace', 'append']).optional().describe('What a second write does. Default: replace.'),
        }),
      )
      .optional()
      .describe('Values that outlive the state, readable as {{artifacts.NAME}}.'),
    skills: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .describe('Which skills may be activated: a path pattern, or none.'),
    orchestration: jsonValue.optional().describe('Who drives the state.'),
  })
  .describe('A state of the conversation.');

export const workflowSpecSchema = z
  .strictObject({
    version: z.int().optional().describe('Version of this notation.'),
    entry: z.string().min(1).describe('First state, unless the scenario’s task_type belongs to another.'),
    states: z.record(z.string(), state).describe('The states by name.'),
    engine: z
      .strictObject({
        budget: z
          .strictObject({
            max_total_visits: z.int().min(0).optional().describe('States entered in all.'),
            max_tool_calls: z.int().min(0).optional().describe('Tool calls in all.'),
            max_wall_time_sec: z.number().min(0).optional().describe('Seconds.'),
          })
          .optional()
          .describe('What a conversation may use.'),
      })
      .optional()
      .describe('Bounds.'),
  })
  .describe('A conversation that passes through states with prompts of their own.');

export const a2aAgentSchema = z
  .strictObject({
    name: z.string().min(1).describe('Name in tool names: a2a__NAME__SKILL.'),
    url: z.string().min(1).optional().describe('Address of a remote agent. Absent: the responses below are served.'),
    card: z
      .strictObject({
        name: z.string().optional().describe('Name for people.'),
        description: z.string().optional().describe('What the agent does.'),
        skills: z
          .array(
            z.strictObject({
              id: z.string().min(1).describe('Id of the skill.'),
              name: z.string().optional().describe('Name for people.'),
              description: z.string().optional().describe('What the model is told.'),
              tags: z.array(z.string()).optional().describe('For people.'),
            }),
          )
          .optional()
          .describe('What the agent can do; each becomes a tool.'),
      })
      .optional()
      .describe('What the agent says of itself.'),
    responses: z
      .array(
        z.strictObject({
          skill: z.string().optional().describe('Skill that is answered. Absent: any.'),
          match: z
            .strictObject({
              contains: z.string().optional().describe('Text that the request holds.'),
              regex: z.string().optional().describe('RE2 pattern that the request matches.'),
            })
            .optional()
            .describe('When the rule applies. Absent: always.'),
          response: z
            .strictObject({
              parts: z.array(jsonObject).optional().describe('Parts of the answer, e.g. {text: …}.'),
            })
            .optional()
            .describe('The answer.'),
          error: z.string().optional().describe('An error in place of the answer.'),
        }),
      )
      .optional()
      .describe('Answers of a mock agent; the first rule that fits counts.'),
    auth: jsonObject.optional().describe('How a remote agent is addressed with credentials.'),
    headers: textMap.optional().describe('Headers for a remote agent.'),
    timeout_ms: z.number().min(0).optional().describe('Milliseconds of one request.'),
  })
  .describe('An agent that the model can call.');

export const agentsSpecSchema = z
  .strictObject({
    entry: z.string().optional().describe('First agent.'),
    members: z
      .record(
        z.string(),
        z.strictObject({
          description: z.string().optional().describe('What the agent does.'),
          state: z.string().optional().describe('Workflow state that the agent starts in.'),
          tags: z.array(z.string()).optional().describe('For people.'),
        }),
      )
      .optional()
      .describe('The agents by name.'),
  })
  .describe('Prompts of the bundle that act as agents.');

export const skillSourceSchema = z
  .strictObject({
    path: z.string().min(1).describe('Folder with a SKILL.md, or with such folders.'),
    preload: z.boolean().optional().describe('Whether the text is in the prompt from the start. Default: false.'),
  })
  .describe('Where skills lie.');
