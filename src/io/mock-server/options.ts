import type { MockScript } from './script.js';
import type { Stall } from './stalls.js';

/** How the mock server behaves. Everything left out is off: it then answers at once and echoes. */
export interface MockServerOptions {
  /** Address to listen on. Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Time to answer in milliseconds: fixed, or evenly spread between two bounds. */
  latencyMs?: number | { min: number; max: number };
  /** Times in which all answers are held, failures as well; a stream that has begun goes on. */
  stalls?: readonly Stall[];
  /** Share of calls, 0..1, that get `errorStatus`. */
  errorRate?: number;
  /** Default 500. */
  errorStatus?: number;
  /** Share of calls, 0..1, that get 429. */
  rateLimitRate?: number;
  /** This many first calls get 429. */
  rateLimitFirst?: number;
  /** What a 429 asks the client to wait, in seconds. Default 1. */
  retryAfterSeconds?: number;
  /** Form of `Retry-After`. An HTTP date has whole seconds only. Default seconds. */
  retryAfterForm?: 'seconds' | 'date';
  /** Seed of the chances above. Default 1. */
  seed?: number;
  /** Scripted answers; see `parseMockScript` for files. */
  script?: MockScript;
  /** Calls without this key, where each API has it, are refused as that API refuses them. */
  apiKey?: string;
  /** Names that the lists of models hold. Default `mock`. */
  models?: string[];
  /** Whether bodies are hashed to count repeats. Default true. */
  countRepeats?: boolean;
  /** Calls kept for `GET /stats?log=1`. Default 50,000. */
  logSize?: number;
}
