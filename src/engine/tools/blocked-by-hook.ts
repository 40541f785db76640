import type { ToolAnswer } from './prepared-tool.js';

/** The answer of a tool that something stopped before it was run. */
export function blockedByHook(tool: string, reason: string): ToolAnswer {
  const error = `Tool ${tool} blocked by hook: Tool ${tool} denied: ${reason}`;
  return { text: error, error };
}
