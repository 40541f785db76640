/** What other programs use of Arena. */
export { ArenaRun, type ProgressOptions } from './arena-run.js';
export { ArenaClient, type ArenaClientOptions, type StartOptions } from './client.js';
export type {
  AssertionResult,
  ConversationRecord,
  Message,
  ToolCall,
  Usage,
  Verdict,
  Violation,
} from './core/conversation.js';
export type { DatasetFigures, DatasetSummary } from './core/datagen/dataset-summary.js';
export { ArenaError, type ErrorCode, type Failure } from './core/errors.js';
export type { LiveProgress } from './core/live-progress.js';
export type { LoadFigures, LoadRow, LoadSummary } from './core/load/load-summary.js';
export type { FailedItem, JobResult, Phase, Progress, RunSummary, Tally } from './core/run.js';
export type { BudgetAmount, RateChange } from './run-orders.js';
export type { DataGenInput } from './schema/data-gen.js';
export { type JobInput, jobInputSchema } from './schema/job.js';
export type { LoadTestInput } from './schema/load-test.js';
