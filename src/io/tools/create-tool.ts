/** From a tool document to its runner. */
import type { ContentPart } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import type { ToolRunner } from '../../core/tool.js';
import type { ToolAccess } from '../../core/tool-access.js';
import type { ToolSpec } from '../../schema/tool.js';
import { ExecTool } from './exec-tool.js';
import { HttpTool } from './http-tool.js';
import { timeoutOf } from './limits.js';
import { MockTool } from './mock-tool.js';
import { ProviderTool } from './provider-tool.js';
import type { ToolSettings } from './tool-settings.js';

/** `mockParts` are the document's `mock_parts` with the content of their files. */
export interface ToolSource {
  name: string;
  spec: ToolSpec;
  mockParts?: ContentPart[];
  /** Those of the bundle. */
  files?: ReadonlyMap<string, Uint8Array>;
  /** Of a tool of a registry of the cluster. */
  access?: ToolAccess;
}

/** A bundle gets nothing of this machine unless somebody says so. */
const NOTHING_ALLOWED: ToolSettings = { env: {}, bundleEnv: [], allowExec: false, allowStdioMcp: false };

/** Throws `invalid_input` when the settings of the tool cannot be used. Tools of MCP servers are a toolbox's affair. */
export function createTool(source: ToolSource, settings: ToolSettings = NOTHING_ALLOWED): ToolRunner {
  const { name, spec, mockParts, files, access } = source;
  const { mode, http, exec, provider } = spec;
  // Nobody sits at the other side of a client tool or of a host's function here: their mocks stand in.
  if (mode === 'mock' || mode === 'client' || (mode === 'local' && hasMock(spec))) return new MockTool(spec, mockParts);
  if (mode === 'live' && http !== undefined) {
    return new HttpTool(name, http, timeoutOf(http.timeout_ms, spec.timeout_ms), settings, access);
  }
  if (mode === 'exec' && exec !== undefined) {
    const tool = new ExecTool(name, exec, timeoutOf(exec.timeout_ms, spec.timeout_ms), settings, files);
    if (settings.allowExec) return tool;
  }
  if (mode === 'provider' && provider !== undefined) return new ProviderTool(provider);
  return refuser(name, mode);
}

/** Runs are refused before they come to this; a check may still name a tool that no prompt offers. */
function refuser(name: string, mode: ToolSpec['mode']): ToolRunner {
  return {
    local: true,
    run() {
      throw new ArenaError({ code: 'unsupported', message: `tool ${name}: mode ${mode} is not allowed here` });
    },
  };
}

function hasMock({ mock_result, mock_template, mock_parts }: ToolSpec): boolean {
  return mock_result !== undefined || mock_template !== undefined || mock_parts !== undefined;
}
