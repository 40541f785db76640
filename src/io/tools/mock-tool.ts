/** Tools whose results stand in the bundle. */
import type { ContentPart, JsonValue } from '../../core/conversation.js';
import type { ToolArguments, ToolOutput, ToolRunner } from '../../core/tool.js';
import type { ToolSpec } from '../../schema/tool.js';
import { type GoTemplate, parseGoTemplate } from './go-template.js';

/** `mock_template` beats `mock_result`; `mock_parts` come with either. */
export class MockTool implements ToolRunner {
  readonly local = true;
  private template: GoTemplate | undefined;

  constructor(
    private readonly spec: ToolSpec,
    private readonly parts: ContentPart[] | undefined,
  ) {}

  run(args: ToolArguments): ToolOutput {
    return { value: this.value(args), parts: this.parts };
  }

  private value(args: ToolArguments): JsonValue {
    const { mock_template: source, mock_result: result } = this.spec;
    if (source === undefined) return result ?? { result: 'mock response' };
    this.template ??= parseGoTemplate(source);
    return jsonOrText(this.template.execute(args));
  }
}

/** What a template prints is taken as JSON where it is, else wrapped. */
function jsonOrText(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return { result: text };
  }
}
