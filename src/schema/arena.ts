/** The entry document of a bundle: what belongs to it, and the settings that all of it shares. */
import { z } from 'zod';
import { a2aAgentSchema } from './a2a-agent.js';
import { agentsSpecSchema } from './agents.js';
import { assertionSchema } from './assertion.js';
import { compositionsSchema } from './composition.js';
import { documentOf } from './document.js';
import { duration } from './duration.js';
import { evalSpecSchema } from './eval.js';
import { failConditions, reportFormats } from './job.js';
import { jsonObject, jsonValue } from './json-value.js';
import { mcpServersSchema } from './mcp-server.js';
import { memorySchema } from './memory.js';
import { packEvalSchema } from './pack-eval.js';
import { personaSpecSchema } from './persona.js';
import { promptConfigSpecSchema } from './prompt-config.js';
import { providerSpecSchema } from './provider.js';
import { reportFiles, reportPath, sharedReportFiles, writtenReportPath } from './report-files.js';
import { scenarioSpecSchema } from './scenario.js';
import { skillSourceSchema } from './skills.js';
import { toolSpecSchema } from './tool.js';
import { workflowSpecSchema } from './workflow.js';

const file = z.string().min(1).describe('Path of the document, relative to the Arena file’s folder.');
const fileRef = z.strictObject({ file });

/** Markdown as its own block and as the older `markdown_config`. */
const markdownOutput = z
  .strictObject({
    file: writtenReportPath.optional().describe('File name. Default: report.md.'),
    include_details: z.boolean().optional().describe('Section on single conversations. Default: true.'),
    show_overview: z.boolean().optional().describe('Section with totals. Default: true.'),
    show_results_matrix: z.boolean().optional().describe('Section with one row a conversation. Default: true.'),
    show_failed_tests: z.boolean().optional().describe('Section on failures. Default: true.'),
    show_cost_summary: z.boolean().optional().describe('Section on cost. Default: true.'),
  })
  .describe('The Markdown report.');

const output = z
  .strictObject({
    dir: z.string().min(1).optional().describe('Folder of the reports. Default: out.'),
    formats: z.array(z.enum(reportFormats)).optional().describe('Reports to write. Default: json.'),
    json: z
      .strictObject({
        file: writtenReportPath.optional().describe('File name. Default: results.json.'),
        pretty: z.boolean().optional().describe('Indent. Default: false.'),
        include_raw: z.boolean().optional().describe('Keep raw answers. Default: false.'),
      })
      .optional()
      .describe('The JSON report.'),
    html: z
      .strictObject({
        file: writtenReportPath.optional().describe('File name. Default: report.html.'),
        include_metadata: z.boolean().optional().describe('Show labels and settings. Default: true.'),
        theme: z.enum(['light', 'dark']).optional().describe('Colours. Default: as the reader’s system has it.'),
      })
      .optional()
      .describe('The HTML report.'),
    junit: z
      .strictObject({
        file: writtenReportPath.optional().describe('File name. Default: junit.xml.'),
        include_system_out: z.boolean().optional().describe('Add run details to each case. Default: false.'),
      })
      .optional()
      .describe('The JUnit report.'),
    markdown: markdownOutput.optional(),
    recording: z
      .strictObject({
        enabled: z.boolean().optional().describe('Default: false.'),
        dir: z
          .string()
          .transform((path) => path.replace(/^(\.\/)+/, '').replace(/\/+$/, ''))
          .pipe(reportPath)
          .optional()
          .describe('Folder below `dir`. Default: recordings.'),
      })
      .optional()
      .describe('A recording of each conversation, which evals and replay providers can read.'),
  })
  .superRefine(({ json, html, junit, markdown, recording }, context) => {
    const files = { json: json?.file, html: html?.file, junit: junit?.file, markdown: markdown?.file };
    if (recording?.dir !== undefined && Object.values({ ...reportFiles, ...files }).includes(recording.dir)) {
      context.addIssue({
        code: 'custom',
        path: ['recording', 'dir'],
        message: `${recording.dir} is the file of a report`,
      });
    }
    for (const { format, file } of sharedReportFiles(files)) {
      context.addIssue({ code: 'custom', path: [format, 'file'], message: `${file} is the file of another report` });
    }
  })
  .describe('Where results go.');

const defaults = z
  .strictObject({
    temperature: z.number().min(0).max(2).optional().describe('Sampling temperature, 0..2; beats the provider’s.'),
    top_p: z.number().min(0).max(1).optional().describe('Nucleus sampling, 0..1; beats the provider’s.'),
    max_tokens: z.int().min(0).optional().describe('Tokens of an answer; beats the provider’s. 0: the provider’s.'),
    seed: z.int().optional().describe('Sampling seed.'),
    concurrency: z.int().min(1).max(100_000).optional().describe('Calls in flight at once. Default: 6.'),
    timeout: duration.optional().describe('Time of one call to a provider. Default: 30s.'),
    run_timeout: duration.optional().describe('Time of one conversation. Default: 5m.'),
    max_retries: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .describe('Further tries of a conversation after failures that pass by themselves. Default: 0.'),
    output: output.optional(),
    config_dir: z
      .string()
      .min(1)
      .optional()
      .describe('Base of media and mock files. Default: the Arena file’s folder.'),
    fail_on: z.array(z.enum(failConditions)).optional().describe('What makes a run fail. Default: all of them.'),
    verbose: z.boolean().optional().describe('More log lines. Default: false.'),
    monitor: jsonValue.optional().describe('Live audio settings.'),
    inference: jsonValue.optional().describe('Classifier settings.'),
    html_report: writtenReportPath.optional().describe('Older spelling of output.html.file.'),
    out_dir: z.string().min(1).optional().describe('Older spelling of output.dir.'),
    output_formats: z.array(z.enum(reportFormats)).optional().describe('Older spelling of output.formats.'),
    markdown_config: markdownOutput.optional().describe('Older spelling of output.markdown.'),
  })
  .transform(({ html_report, out_dir, output_formats, markdown_config, ...rest }) => {
    const html = html_report === undefined ? rest.output?.html : { file: html_report, ...rest.output?.html };
    const older = { dir: out_dir, formats: output_formats, markdown: markdown_config };
    const written = Object.entries(rest.output ?? {}).filter(([, value]) => value !== undefined);
    const joined: z.output<typeof output> = { ...older, ...Object.fromEntries(written), html };
    return { ...rest, output: joined };
  })
  .describe('Settings of all conversations.');

/** A provider in a list, which has to say its name. */
const namedProvider = providerSpecSchema.refine(({ id }) => id !== undefined, { message: 'needs an id', path: ['id'] });

const stateSettings = z
  .strictObject({
    enabled: z
      .boolean()
      .optional()
      .describe('false: the other settings do not count. Default: true where max_history_turns is given.'),
    max_history_turns: z
      .int()
      .min(1)
      .optional()
      .describe('Newest turns that a request holds. Default: 10 with enabled: true, else all.'),
    persistence: z
      .enum(['memory', 'redis', 'file'])
      .optional()
      .describe('Conversations always live in the store of the run; redis and file warn. Default: memory.'),
    redis_url: z.string().optional().describe('Address for persistence redis; nothing is sent there.'),
  })
  .describe('Where conversations live while they are held.');

const stateStore = z
  .looseObject({ type: z.enum(['memory', 'redis', 'file']).optional().describe('Default: memory.') })
  .describe('Another spelling of `state`; further keys belong to the type.');

const selfPlay = z
  .strictObject({
    enabled: z.boolean().optional().describe('Default: true.'),
    personas: z.array(fileRef).optional().describe('Persona documents.'),
    persona_specs: z.record(z.string(), personaSpecSchema).optional().describe('Personas in place, by id.'),
    roles: z
      .array(
        z.strictObject({
          id: z.string().min(1).describe('Role of a turn.'),
          provider: z.string().min(1).describe('Provider that speaks for the persona.'),
        }),
      )
      .optional()
      .describe('Who may speak in place of the user.'),
  })
  .describe('Personas that play the user.');

export const arenaSpecSchema = z
  .strictObject({
    prompt_configs: z
      .array(
        z.strictObject({
          id: z.string().min(1).describe('Name of this entry.'),
          file,
          vars: jsonObject.optional().describe('Template variables; beat the prompt’s defaults.'),
        }),
      )
      .optional()
      .describe('Prompts.'),
    prompt_specs: z.record(z.string(), promptConfigSpecSchema).optional().describe('Prompts in place, by id.'),
    providers: z
      .array(
        z.strictObject({
          file,
          group: z.string().min(1).optional().describe('Group that scenarios name. Default: default.'),
        }),
      )
      .optional()
      .describe('Providers.'),
    provider_specs: z.record(z.string(), providerSpecSchema).optional().describe('Providers in place, by id.'),
    scenarios: z.array(fileRef).optional().describe('Scenarios.'),
    scenario_specs: z.record(z.string(), scenarioSpecSchema).optional().describe('Scenarios in place, by id.'),
    evals: z.array(fileRef).optional().describe('Evals of recordings.'),
    eval_specs: z.record(z.string(), evalSpecSchema).optional().describe('Evals in place, by id.'),
    tools: z.array(fileRef).optional().describe('Tools.'),
    tool_specs: z.record(z.string(), toolSpecSchema).optional().describe('Tools in place, by name.'),
    judges: z
      .array(
        z.strictObject({
          name: z.string().min(1).describe('Name in assertions.'),
          provider: z.string().min(1).describe('Provider that judges.'),
          model: z.string().min(1).optional().describe('Model in place of the provider’s.'),
        }),
      )
      .optional()
      .describe('Models that judge.'),
    judge_specs: z
      .record(
        z.string(),
        z.object({
          provider: z.string().min(1).describe('Provider that judges.'),
          model: z.string().min(1).optional().describe('Model in place of the provider’s.'),
        }),
      )
      .optional()
      .describe('Judges by name.'),
    judge_defaults: z
      .strictObject({
        prompt: z.string().optional().describe('Prompt of the judge.'),
        prompt_registry: z.string().optional().describe('Folder with prompts of judges.'),
      })
      .optional()
      .describe('Settings of all judges.'),
    defaults: defaults.optional(),
    globals: z
      .strictObject({
        conversation_assertions: z.array(assertionSchema).optional().describe('Checks on every conversation.'),
      })
      .optional()
      .describe('What holds for all scenarios.'),
    pack_evals: z.array(packEvalSchema).optional().describe('Evals of the whole bundle; reported, they never gate.'),
    self_play: selfPlay.optional(),
    mcp_servers: mcpServersSchema.optional(),
    a2a_agents: z.array(a2aAgentSchema).optional().describe('Agents that models can call.'),
    workflow: workflowSpecSchema.optional(),
    compositions: compositionsSchema.optional(),
    memory: memorySchema.optional(),
    agents: agentsSpecSchema.optional(),
    skills: z.array(skillSourceSchema).optional().describe('Skills that models can activate.'),
    runtime: jsonValue.optional().describe('Hooks of a host.'),
    state: stateSettings.optional(),
    state_store: stateStore.optional(),
    deploy: jsonValue.optional().describe('Notes for deployment; nothing reads them.'),
    pack_file: z
      .string()
      .min(1)
      .optional()
      .describe('A PromptPack file (JSON): what it has and this file and its documents lack is taken from it.'),
    tts_providers: z.array(jsonValue).optional().describe('Providers of speech.'),
    stt_providers: z.array(jsonValue).optional().describe('Providers of transcription.'),
    embedding_providers: z
      .array(z.union([fileRef, namedProvider]))
      .optional()
      .describe('Providers of embeddings: documents, or specs with an id.'),
    image_providers: z.array(jsonValue).optional().describe('Providers of images.'),
    voices: jsonValue.optional().describe('Voices by name.'),
  })
  .transform(({ state_store, ...rest }) => ({
    ...rest,
    state: rest.state ?? (state_store === undefined ? undefined : { persistence: state_store.type ?? 'memory' }),
  }))
  .describe('What belongs to the bundle, and the settings that all of it shares.');

export const arenaSchema = documentOf('Arena', arenaSpecSchema);

export type ArenaSpec = z.infer<typeof arenaSpecSchema>;
