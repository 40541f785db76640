/** What other programs use of Arena. */
export { ArenaClient, type ArenaClientOptions, ArenaRun, type ProgressOptions, type StartOptions } from './client.js';
export type {
  AssertionResult,
  ConversationRecord,
  Message,
  ToolCall,
  Usage,
  Verdict,
  Violation,
} from './core/conversation.js';
export { ArenaError, type ErrorCode, type Failure } from './core/errors.js';
export type { LiveProgress } from './core/live-progress.js';
export type { FailedItem, JobResult, Phase, Progress, RunSummary, Tally } from './core/run.js';
export { type JobInput, jobInputSchema } from './schema/job.js';
