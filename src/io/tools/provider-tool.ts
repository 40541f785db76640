/** Tools that a model or an agent of the bundle carries out. */
import type { JsonValue } from '../../core/conversation.js';
import type { ToolArguments, ToolOutput, ToolRunner, ToolRunOptions } from '../../core/tool.js';
import type { ToolSpec } from '../../schema/tool.js';
import { type GoTemplate, parseGoTemplate } from './go-template.js';

export class ProviderTool implements ToolRunner {
  /** The provider's answer is recorded as such. */
  readonly local = true;
  private template: GoTemplate | undefined;

  constructor(private readonly spec: NonNullable<ToolSpec['provider']>) {}

  async run(args: ToolArguments, { ask }: ToolRunOptions): Promise<ToolOutput> {
    if (ask === undefined) throw new Error('there is no conversation in which a provider could be asked');
    const { id: provider, system } = this.spec;
    return { value: jsonOr(await ask({ provider, system, text: this.message(args) })) };
  }

  private message(args: ToolArguments): string {
    const { message: source } = this.spec;
    if (source === undefined) return JSON.stringify(args);
    this.template ??= parseGoTemplate(source);
    return this.template.execute(args);
  }
}

function jsonOr(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
