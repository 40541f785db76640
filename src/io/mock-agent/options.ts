import type { MockAgentScript } from './script.js';

/** How the agent server behaves. Everything left out is as the protocol has it, and every message is echoed. */
export interface MockAgentOptions {
  /** Address to listen on. Default 127.0.0.1. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Upgrades without `Authorization: Bearer <token>` get 401. */
  token?: string;
  /** Time until the first frame of a turn in milliseconds: fixed, or evenly spread between two bounds. Default 0. */
  latencyMs?: number | { min: number; max: number };
  /** Scripted answers; see `parseAgentScript` for files. */
  script?: MockAgentScript;
  /** Share of turns, 0..1, in the middle of which the connection is cut. */
  cutRate?: number;
  /** Seed of the chances above. Default 1. */
  seed?: number;
  /** What is wrong with connections. */
  accidents?: ConnectionAccidents;
  /** `known`: sessions that nobody began, or that have expired, are refused. `any`: every id will do. Default known. */
  sessions?: 'known' | 'any';
  /** Sessions are forgotten after this time without a turn, in milliseconds. Default 24 h. */
  sessionTtlMs?: number;
  /** Default 500; more get 503. */
  maxConnections?: number;
  /** Text messages a second on one connection, and how many may come at once. Default 50 and 100. */
  messageRate?: { perSecond: number; burst: number };
  /** Longest message in bytes. Default 16 MiB. */
  maxPayloadBytes?: number;
  /** Time between pings; who misses two is dropped. In milliseconds, default 30 s. */
  pingMs?: number;
  /** How long the turn's slot stays taken after its `done` was sent, in milliseconds. Default 2. */
  slotLagMs?: number;
  /** How long the slot stays taken after an error that keeps it, in milliseconds. Default 120 s. */
  stuckSlotMs?: number;
  /** Time to answer a tool call, and for its result once it was acknowledged, in milliseconds. Default 5 s and 60 s. */
  toolAnswerMs?: number;
  toolResultMs?: number;
}

/** Befalls the first connections; each counts for itself, in this order. */
export interface ConnectionAccidents {
  /** As many upgrades are refused with `status`; `location` makes it a redirect. */
  refused?: { count: number; status: number; location?: string; retryAfter?: string };
  /** As many are closed before `connected`. */
  closedBeforeConnected?: number;
  /** As many never get `connected`. */
  neverConnected?: number;
}
