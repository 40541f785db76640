/** Executes templates over JSON values as Go's text/template does, with bounded work. */
import type { JsonValue } from '../../core/conversation.js';
import { callFunction, isTrue, printValue } from './go-template-functions.js';
import { type Expression, parseTemplate, TemplateFault, type TemplateNode } from './go-template-syntax.js';

/** Values that Go would not know, such as a key that is not there. */
export type Value = JsonValue | undefined;

export interface GoTemplate {
  /**
   * Throws a `TemplateFault` when the template cannot be carried out on this data. `write` says how the value of an
   * action is printed, by default as Go does; `by` is the function that made it, if one did.
   */
  execute(data: JsonValue, write?: Writer): string;
}

export type Writer = (value: Value, by?: string) => string;

const MAX_CHARACTERS = 1024 * 1024;
const MAX_STEPS = 1_000_000;

export function parseGoTemplate(source: string): GoTemplate {
  const nodes = parseTemplate(source);
  return { execute: (data, write = print) => new Execution(data, write).run(nodes) };
}

const print: Writer = (value) => printValue(value);

type Signal = 'break' | 'continue' | undefined;

class Execution {
  private output = '';
  private steps = 0;
  private scopes: Map<string, Value>[] = [];

  constructor(
    private readonly data: JsonValue,
    private readonly write: Writer,
  ) {}

  run(nodes: readonly TemplateNode[]): string {
    this.scopes = [new Map([['$', this.data]])];
    this.block(nodes, this.data);
    return this.output;
  }

  private block(nodes: readonly TemplateNode[], dot: Value): Signal {
    this.scopes.push(new Map());
    for (const node of nodes) {
      this.steps += 1;
      if (this.steps > MAX_STEPS) throw new TemplateFault(`the template takes more than ${MAX_STEPS} steps`);
      const signal = this.node(node, dot);
      if (signal !== undefined) {
        this.scopes.pop();
        return signal;
      }
    }
    this.scopes.pop();
    return undefined;
  }

  private node(node: TemplateNode, dot: Value): Signal {
    switch (node.kind) {
      case 'text':
        this.print(node.text);
        return undefined;
      case 'print':
        this.print(
          this.write(this.evaluate(node.value, dot), node.value.kind === 'call' ? node.value.name : undefined),
        );
        return undefined;
      case 'assign':
        this.assign(node.name, this.evaluate(node.value, dot), node.declare);
        return undefined;
      case 'branch': {
        const value = this.evaluate(node.test, dot);
        if (!isTrue(value)) return this.block(node.otherwise, dot);
        return this.block(node.body, node.keyword === 'with' ? value : dot);
      }
      case 'range':
        return this.range(node, dot);
      default:
        return node.kind;
    }
  }

  private range(node: Extract<TemplateNode, { kind: 'range' }>, dot: Value): Signal {
    const entries = entriesOf(this.evaluate(node.over, dot));
    if (entries.length === 0) return this.block(node.otherwise, dot);
    for (const [key, value] of entries) {
      const names = node.names.length === 1 ? [undefined, node.names[0]] : node.names;
      const scope = new Map<string, Value>();
      if (names[0] !== undefined) scope.set(names[0], key);
      if (names[1] !== undefined) scope.set(names[1], value);
      this.scopes.push(scope);
      const signal = this.block(node.body, value);
      this.scopes.pop();
      if (signal === 'break') break;
    }
    return undefined;
  }

  private assign(name: string, value: Value, declare: boolean): void {
    const scope = declare ? this.scopes.at(-1) : this.scopes.findLast((one) => one.has(name));
    if (scope === undefined) throw new TemplateFault(`variable ${name} is not declared`);
    scope.set(name, value);
  }

  private print(text: string): void {
    this.output += text;
    if (this.output.length > MAX_CHARACTERS)
      throw new TemplateFault(`the result is longer than ${MAX_CHARACTERS} characters`);
  }

  private evaluate(expression: Expression, dot: Value): Value {
    this.steps += 1;
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'dot':
        return dot;
      case 'variable': {
        const scope = this.scopes.findLast((one) => one.has(expression.name));
        if (scope === undefined) throw new TemplateFault(`variable ${expression.name} is not declared`);
        return scope.get(expression.name);
      }
      case 'field':
        return expression.names.reduce((value, name) => fieldOf(value, name), this.evaluate(expression.from, dot));
      case 'call':
        return this.call(expression.name, expression.args, dot);
    }
  }

  /** `and` and `or` stop at the first argument that decides. */
  private call(name: string, args: readonly Expression[], dot: Value): Value {
    if (name !== 'and' && name !== 'or') {
      return callFunction(
        name,
        args.map((argument) => this.evaluate(argument, dot)),
      );
    }
    let value: Value;
    for (const argument of args) {
      value = this.evaluate(argument, dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return value;
  }
}

function fieldOf(value: Value, name: string): Value {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new TemplateFault(`can't evaluate field ${name} of ${printValue(value)}`);
  }
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Maps are visited in the order of their keys. */
function entriesOf(value: Value): [Value, Value][] {
  if (Array.isArray(value)) return value.map((item, index): [Value, Value] => [index, item]);
  if (value === undefined || value === null) return [];
  if (typeof value === 'number')
    return Array.from({ length: Math.min(value, MAX_STEPS) }, (_, index) => [index, index]);
  if (typeof value !== 'object') throw new TemplateFault(`range can't iterate over ${printValue(value)}`);
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
