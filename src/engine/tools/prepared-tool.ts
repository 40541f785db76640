/** A tool of the bundle, ready to be offered and called. */
import type { ContentPart, JsonValue, Message, Violation } from '../../core/conversation.js';
import { isNestedDeeper, MAX_NESTING } from '../../core/nesting.js';
import type { CallParameters, ToolDescriptor } from '../../core/provider.js';
import type { ToolArguments, ToolOutput, ToolQuestion, ToolRunner } from '../../core/tool.js';
import type { ToolSpec } from '../../schema/tool.js';
import { isObject, sortKeys } from '../json.js';
import { compileSchema, type SchemaCheck } from '../json-schema.js';
import type { EnginePorts } from '../ports.js';
import { coerce } from './coerce.js';

/** Results beyond this are refused: they would fill the context of any model. */
const MAX_RESULT_BYTES = 1024 * 1024;

export interface ToolAnswer {
  /** What the model is told. */
  text: string;
  parts?: ContentPart[];
  /** Why the call failed. */
  error?: string;
  invalidArgs?: boolean;
  /** Guardrails that fired on what an agent was asked, or on what it said. */
  violations?: Violation[];
}

export interface ToolPorts extends Pick<EnginePorts, 'perform' | 'signal' | 'complete'> {
  /** Scenario or eval that the call belongs to. */
  scenario: string;
}

export interface PreparedTool {
  descriptor: ToolDescriptor;
  /** Of a tool that runs at the user's side: what consent to it is about. */
  client?: ToolSpec['client'];
  call(args: ToolArguments, ports: ToolPorts): Promise<ToolAnswer>;
}

/** `parameters` are those of the provider that carries the tool out, if one does. */
export function prepareTool(
  name: string,
  spec: ToolSpec,
  runner: ToolRunner,
  parameters: CallParameters = {},
): PreparedTool {
  const input = lazySchema(spec.input_schema);
  const isChecked = spec.output_schema !== undefined && spec.client?.validate_output !== false;
  const output = isChecked ? lazySchema(spec.output_schema ?? {}) : undefined;
  return {
    client: spec.client && { ...spec.client, timeout_ms: spec.client.timeout_ms ?? spec.timeout_ms },
    descriptor: { name, description: spec.description, inputSchema: spec.input_schema },
    async call(written, ports) {
      const args = coerce(written, spec.input_schema);
      const faults = input(args);
      if (faults.length > 0 || !isObject(args)) {
        const error = `arguments of ${name} are not valid: ${faults.join('; ')}`;
        return { text: `Error: ${error}`, error, invalidArgs: true };
      }
      try {
        const { value, parts } = await runTool(name, runner, args, ports, parameters);
        return answerOf(spec.output_schema === undefined ? value : coerce(value, spec.output_schema), parts, output);
      } catch (error) {
        if (ports.signal.aborted) throw ports.signal.reason;
        if (error instanceof Unanswered) throw error.reason;
        return failed(error instanceof Error ? error.message : String(error));
      }
    },
  };
}

/**
 * A tool that reaches outside is not called twice for one call of the model. That it failed is an answer as well: a
 * conversation that is replayed has to take the same way.
 */
async function runTool(
  name: string,
  runner: ToolRunner,
  args: ToolArguments,
  ports: ToolPorts,
  parameters: CallParameters,
): Promise<ToolOutput> {
  if (runner.local) {
    const ask = (question: ToolQuestion) => askProvider(name, question, ports, parameters);
    return runner.run(args, { signal: ports.signal, idempotencyKey: '', ask });
  }
  const { error, ...output } = await ports.perform<RecordedOutput>(`tool ${name}`, args, async (options) => {
    try {
      return recordable(await runner.run(args, options));
    } catch (reason) {
      if (options.signal.aborted) throw options.signal.reason;
      return { value: null, error: reason instanceof Error ? reason.message : String(reason) };
    }
  });
  if (error !== undefined) throw new Error(error);
  return output as unknown as ToolOutput;
}

/** A provider that was asked on behalf of a tool did not answer: that is nothing for the model to be told. */
class Unanswered extends Error {
  constructor(readonly reason: unknown) {
    super('the provider did not answer');
  }
}

async function askProvider(
  tool: string,
  { provider, system, text }: ToolQuestion,
  { complete, scenario }: ToolPorts,
  parameters: CallParameters,
): Promise<string> {
  const messages: Message[] = [{ role: 'user', content: text }];
  if (system !== undefined) messages.unshift({ role: 'system', content: system });
  try {
    const { content } = await complete(provider, { messages, parameters, context: { scenario, provider, tool } });
    return content;
  } catch (reason) {
    throw new Unanswered(reason);
  }
}

type RecordedOutput = { value: JsonValue; error?: string; parts?: JsonValue };

function recordable({ value, parts }: ToolOutput): RecordedOutput {
  if (isNestedDeeper(value, MAX_NESTING)) throw new Error('the result is nested too deeply');
  return parts === undefined ? { value } : { value, parts: parts as unknown as JsonValue };
}

function answerOf(value: JsonValue, parts: ContentPart[] | undefined, output: SchemaCheck | undefined): ToolAnswer {
  const faults = output?.(value) ?? [];
  if (faults.length > 0) return failed(`result validation failed: ${faults.join('; ')}`);
  const texts = parts?.flatMap((part) => (part.type === 'text' && part.text !== undefined ? [part.text] : [])) ?? [];
  const text = texts.length > 0 ? texts.join('\n') : resultText(value);
  if (Buffer.byteLength(text) > MAX_RESULT_BYTES) return failed(`the result is larger than ${MAX_RESULT_BYTES} bytes`);
  return parts === undefined ? { text } : { text, parts };
}

/** Texts stand as they are; everything else is printed as JSON with sorted keys. */
function resultText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(sortKeys(value), null, 2);
}

function failed(error: string): ToolAnswer {
  return { text: `Tool execution failed: ${error}`, error };
}

/** Compiled at the first call: most conversations never call most tools. */
function lazySchema(schema: { [key: string]: JsonValue }): SchemaCheck {
  let check: SchemaCheck | undefined;
  return (value) => {
    if (check === undefined) {
      try {
        check = compileSchema(schema);
      } catch (error) {
        const reason = `the schema cannot be used: ${error instanceof Error ? error.message : String(error)}`;
        check = () => [reason];
      }
    }
    return check(value);
  };
}
