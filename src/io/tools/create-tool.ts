/** From a tool document to its runner. */
import type { ContentPart } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import type { ToolRunner } from '../../core/tool.js';
import type { ToolSpec } from '../../schema/tool.js';
import { MockTool } from './mock-tool.js';

/** `mockParts` are the document's `mock_parts` with the content of their files. */
export interface ToolSource {
  name: string;
  spec: ToolSpec;
  mockParts?: ContentPart[];
}

export function createTool({ name, spec, mockParts }: ToolSource): ToolRunner {
  // Nobody sits at the other side of a client tool here: its mock stands in.
  if (spec.mode === 'mock' || spec.mode === 'client') return new MockTool(spec, mockParts);
  return {
    run() {
      throw new ArenaError({
        code: 'unsupported',
        message: `tool ${name}: mode ${spec.mode} is not run by this version`,
      });
    },
  };
}
