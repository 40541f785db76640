/** JSON Schema 2020-12 of every document, for editors and for other languages. */
import { z } from 'zod';
import { manifestSchemas } from './cluster/manifest.js';
import { dataRecordSchema } from './data-record.js';
import { jobInputSchema } from './job.js';
import { bundleKinds } from './kinds.js';
import { conversationRecordSchema } from './result.js';
import { runSummarySchema } from './run-summary.js';

const documents = {
  arena: bundleKinds.Arena,
  promptconfig: bundleKinds.PromptConfig,
  scenario: bundleKinds.Scenario,
  provider: bundleKinds.Provider,
  tool: bundleKinds.Tool,
  persona: bundleKinds.Persona,
  eval: bundleKinds.Eval,
  arenasource: manifestSchemas.ArenaSource,
  arenaconfig: manifestSchemas.ArenaConfig,
  arenajob: manifestSchemas.ArenaJob,
  clusterprovider: manifestSchemas.Provider,
  toolregistry: manifestSchemas.ToolRegistry,
  agentruntime: manifestSchemas.AgentRuntime,
  job: jobInputSchema,
  result: conversationRecordSchema,
  summary: runSummarySchema,
  record: dataRecordSchema,
} as const;

export type SchemaKind = keyof typeof documents;

export const schemaKinds = Object.keys(documents);

export function isSchemaKind(text: string): text is SchemaKind {
  return Object.hasOwn(documents, text);
}

/** Schema of a document as an author writes it, before spellings are joined and defaults filled in. */
export function jsonSchemaOf(kind: SchemaKind) {
  return z.toJSONSchema(documents[kind], { io: 'input', target: 'draft-2020-12' });
}
