/**
 * Syntax of Go's text/template as far as mock templates use it: fields, variables, pipelines, function calls, literals,
 * `if`, `range`, `with`, `else`, `break`, `continue`, comments and trimming. No `define`, `block` or `template`.
 */

export type Expression =
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'field'; from: Expression; names: string[] }
  | { kind: 'dot' }
  | { kind: 'variable'; name: string }
  | { kind: 'call'; name: string; args: Expression[] };

export type TemplateNode =
  | { kind: 'text'; text: string }
  | { kind: 'print'; value: Expression }
  | { kind: 'assign'; name: string; value: Expression; declare: boolean }
  | { kind: 'branch'; keyword: 'if' | 'with'; test: Expression; body: TemplateNode[]; otherwise: TemplateNode[] }
  | { kind: 'range'; over: Expression; names: string[]; body: TemplateNode[]; otherwise: TemplateNode[] }
  | { kind: 'break' }
  | { kind: 'continue' };

export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
}

type Piece = { text: string } | { action: string };

/** Nesting of blocks and parentheses; deeper is not a template but an attack. */
const MAX_DEPTH = 50;

export function parseTemplate(source: string): TemplateNode[] {
  const parser = new BlockParser(pieces(source));
  const nodes = parser.block();
  if (parser.end !== undefined) throw new TemplateFault(`{{${parser.end}}} closes nothing`);
  return nodes;
}

/** Cuts a source at its actions; `{{-` and `-}}` take white space of the text beside them along. */
function pieces(source: string): Piece[] {
  const found: Piece[] = [];
  let position = 0;
  let trimNext = false;
  const addText = (text: string) => {
    if (text !== '') found.push({ text });
  };
  for (;;) {
    const open = source.indexOf('{{', position);
    const text = source.slice(position, open < 0 ? undefined : open);
    const trimmed = trimNext ? text.trimStart() : text;
    if (open < 0) {
      addText(trimmed);
      return found;
    }
    const comment = /^\{\{(-\s)?\s*\/\*/.test(source.slice(open, open + 10));
    const close = source.indexOf('}}', comment ? source.indexOf('*/', open) : endOfStrings(source, open + 2));
    if (close < 0) throw new TemplateFault('{{ is never closed');
    let action = source.slice(open + 2, close);
    const trimBefore = /^-\s/.test(action);
    trimNext = /\s-$/.test(action);
    if (trimBefore) action = action.slice(1);
    if (trimNext) action = action.slice(0, -1);
    addText(trimBefore ? trimmed.trimEnd() : trimmed);
    if (!comment) found.push({ action: action.trim() });
    position = close + 2;
  }
}

/** Start of the first `}}` search: behind all string literals that begin before it. */
function endOfStrings(source: string, from: number): number {
  let position = from;
  while (position < source.length && !source.startsWith('}}', position)) {
    const quote = source[position];
    position += 1;
    if (quote !== '"' && quote !== '`') continue;
    while (position < source.length && source[position] !== quote) {
      position += quote === '"' && source[position] === '\\' ? 2 : 1;
    }
    position += 1;
  }
  return position;
}

class BlockParser {
  /** The keyword that ended the last block: `end`, `else …`, or undefined at the end of the source. */
  end: string | undefined;
  private position = 0;
  private depth = 0;

  constructor(private readonly list: Piece[]) {}

  block(): TemplateNode[] {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new TemplateFault(`blocks are nested deeper than ${MAX_DEPTH}`);
    const nodes: TemplateNode[] = [];
    this.end = undefined;
    for (let piece = this.next(); piece !== undefined; piece = this.next()) {
      if ('text' in piece) {
        nodes.push({ kind: 'text', text: piece.text });
        continue;
      }
      const [keyword = '', rest] = splitKeyword(piece.action);
      if (keyword === 'end' || keyword === 'else') {
        this.end = piece.action;
        break;
      }
      nodes.push(this.action(keyword, rest, piece.action));
    }
    this.depth -= 1;
    return nodes;
  }

  private next(): Piece | undefined {
    const piece = this.list[this.position];
    this.position += 1;
    return piece;
  }

  private action(keyword: string, rest: string, whole: string): TemplateNode {
    if (keyword === 'if' || keyword === 'with') return this.branch(keyword, rest);
    if (keyword === 'range') return this.range(rest);
    if (whole === 'break' || whole === 'continue') return { kind: whole };
    if (['define', 'block', 'template'].includes(keyword)) throw new TemplateFault(`{{${keyword}}} is not supported`);
    const assignment = /^(\$\w*)\s*(:?=)([\s\S]*)$/.exec(whole);
    if (assignment === null) return { kind: 'print', value: parsePipeline(whole) };
    const [, name = '', operator, value = ''] = assignment;
    return { kind: 'assign', name, value: parsePipeline(value), declare: operator === ':=' };
  }

  private branch(keyword: 'if' | 'with', condition: string): TemplateNode {
    const test = parsePipeline(condition);
    const body = this.block();
    return { kind: 'branch', keyword, test, body, otherwise: this.otherwise() };
  }

  /** `{{else}}`, or `{{else if …}}` as a branch of its own that shares the `{{end}}`. */
  private otherwise(): TemplateNode[] {
    const [keyword, rest] = splitKeyword(this.end ?? '');
    if (keyword !== 'else') {
      this.mustEnd();
      return [];
    }
    const [nested, condition] = splitKeyword(rest);
    if (nested === 'if' || nested === 'with') return [this.branch(nested, condition)];
    const nodes = this.block();
    this.mustEnd();
    return nodes;
  }

  private range(clause: string): TemplateNode {
    const declared = /^((?:\$\w+\s*,\s*)?\$\w+)\s*:=([\s\S]*)$/.exec(clause);
    const names = declared?.[1]?.split(',').map((name) => name.trim()) ?? [];
    const over = parsePipeline(declared?.[2] ?? clause);
    const body = this.block();
    return { kind: 'range', over, names, body, otherwise: this.otherwise() };
  }

  private mustEnd(): void {
    if (this.end !== 'end') throw new TemplateFault('a block has no {{end}}');
    this.end = undefined;
  }
}

function splitKeyword(action: string): [string | undefined, string] {
  const match = /^([a-z]+)(?:\s+([\s\S]*))?$/.exec(action);
  return match === null ? [undefined, action] : [match[1], match[2] ?? ''];
}

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*"|`[^`]*`)|('(?:[^'\\]|\\.)')|([+-]?\d[\w.]*)|(\$\w*(?:\.\w+)*)|((?:\.\w+)+|\.)|(\w+)|([()|,]))/y;

function tokens(source: string): string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (match === null) {
      if (source.slice(from).trim() === '') break;
      throw new TemplateFault(`"${source.slice(from).trim().slice(0, 20)}" is not understood`);
    }
    found.push(match[0].trim());
  }
  return found;
}

function parsePipeline(source: string): Expression {
  const list = tokens(source);
  const parser = new PipelineParser(list);
  const expression = parser.pipeline();
  if (!parser.done) throw new TemplateFault(`"${source.trim()}" is not understood`);
  return expression;
}

class PipelineParser {
  private position = 0;
  private depth = 0;

  constructor(private readonly list: string[]) {}

  get done(): boolean {
    return this.position >= this.list.length;
  }

  /** Commands joined by `|`: the value of one is the last argument of the next. */
  pipeline(): Expression {
    let value = this.command(undefined);
    while (this.list[this.position] === '|') {
      this.position += 1;
      value = this.command(value);
    }
    return value;
  }

  private command(piped: Expression | undefined): Expression {
    const operands: Expression[] = [];
    let name: string | undefined;
    for (let token = this.list[this.position]; token !== undefined; token = this.list[this.position]) {
      if (token === '|' || token === ')') break;
      if (operands.length === 0 && name === undefined && isFunction(token)) {
        name = token;
        this.position += 1;
      } else operands.push(this.operand());
    }
    if (piped !== undefined) operands.push(piped);
    if (name !== undefined) return { kind: 'call', name, args: operands };
    const [only] = operands;
    if (only === undefined || operands.length > 1 || piped !== undefined)
      throw new TemplateFault('a command is empty or has no function');
    return only;
  }

  private operand(): Expression {
    const token = this.list[this.position] ?? '';
    this.position += 1;
    if (token === '(') return this.parenthesis();
    if (token === '.') return { kind: 'dot' };
    if (token.startsWith('.')) return fieldOf({ kind: 'dot' }, token.slice(1));
    if (token.startsWith('$')) {
      const [name = '$', ...names] = token.split('.');
      const variable: Expression = { kind: 'variable', name };
      return names.length === 0 ? variable : { kind: 'field', from: variable, names };
    }
    if (isFunction(token)) return { kind: 'call', name: token, args: [] };
    return { kind: 'literal', value: literal(token) };
  }

  private parenthesis(): Expression {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new TemplateFault(`parentheses are nested deeper than ${MAX_DEPTH}`);
    const inner = this.pipeline();
    if (this.list[this.position] !== ')') throw new TemplateFault('a parenthesis is not closed');
    this.position += 1;
    this.depth -= 1;
    const next = this.list[this.position];
    if (next === undefined || !/^\.\w/.test(next)) return inner;
    this.position += 1;
    return fieldOf(inner, next.slice(1));
  }
}

const fieldOf = (from: Expression, path: string): Expression => ({ kind: 'field', from, names: path.split('.') });

const isFunction = (token: string): boolean =>
  /^[A-Za-z_]\w*$/.test(token) && !['true', 'false', 'nil'].includes(token);

function literal(token: string): string | number | boolean | null {
  if (token === 'true' || token === 'false') return token === 'true';
  if (token === 'nil') return null;
  if (token.startsWith('`')) return token.slice(1, -1);
  if (token.startsWith("'")) return token.codePointAt(1) ?? 0;
  if (token.startsWith('"')) {
    try {
      const text: unknown = JSON.parse(token);
      if (typeof text === 'string') return text;
    } catch {
      // Not a literal that JSON and Go share; reported below.
    }
  } else if (Number.isFinite(Number(token))) return Number(token);
  throw new TemplateFault(`${token} is not understood`);
}
