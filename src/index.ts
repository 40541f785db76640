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
export { ArenaError, type ErrorCode, type Failure } from './core/errors.js';
export type { LiveProgress } from './core/live-progress.js';
export type { FailedItem, JobResult, Phase, Progress, RunSummary, Tally } from './core/run.js';
export { type JobInput, jobInputSchema } from './schema/job.js';
