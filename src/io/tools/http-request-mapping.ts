/** From the arguments of a call to the HTTP request of a live tool. */
import type { JsonValue } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import type { ToolArguments } from '../../core/tool.js';
import type { HttpToolSpec } from '../../schema/http-tool.js';
import { compileQuery, type JsonQuery } from '../../schema/jmespath.js';
import { type GoTemplate, parseGoTemplate, type Value } from './go-template.js';
import { printValue } from './go-template-functions.js';
import type { SealedSecrets } from './sealed-secrets.js';

export interface MappedRequest {
  method: string;
  url: URL;
  headers: { [name: string]: string };
  body?: string;
}

type Source = (args: ToolArguments) => string | string[] | undefined;

/** Everything about a request that does not hang on the arguments is worked out once. Throws `invalid_input`. */
export class RequestMapping {
  private readonly method: string;
  private readonly address: GoTemplate;
  private readonly headers: [name: string, template: GoTemplate][];
  private readonly fromEnv: [header: string, variable: string][];
  private readonly queryParams: [name: string, source: Source][];
  private readonly headerParams: [name: string, source: Source][];
  /** Arguments that have another place than the rest. */
  private readonly placed: ReadonlySet<string>;
  private readonly body: GoTemplate | undefined;
  private readonly reshape: JsonQuery | undefined;

  constructor(
    private readonly tool: string,
    private readonly spec: HttpToolSpec,
    private readonly secrets: SealedSecrets,
  ) {
    const { url, method = 'POST', headers = {}, headers_from_env = [], request = {} } = spec;
    this.method = method;
    this.address = this.template(url, 'url');
    const written = { ...headers, ...request.static_headers };
    secrets.keepNamed(written);
    this.headers = Object.entries(written).map(([name, value]) => [
      name,
      this.template(secrets.seal(value), `headers.${name}`),
    ]);
    this.fromEnv = headers_from_env.flatMap((entry): [string, string][] => {
      const [header, variable] = entry.split(/=(?=\w+$)/);
      return header === undefined || variable === undefined ? [] : [[header, variable]];
    });
    const placed = new Set(request.exclude);
    this.queryParams = this.sources(request.query_params, 'query_params', placed);
    this.headerParams = this.sources(request.header_params, 'header_params', placed);
    this.placed = placed;
    this.body = request.body_template === undefined ? undefined : this.template(request.body_template, 'body_template');
    this.reshape = request.body_mapping === undefined ? undefined : compileQuery(request.body_mapping);
  }

  /** Throws an Error when the arguments make no request, or a variable of the environment is missing. */
  request(args: ToolArguments, idempotencyKey: string): MappedRequest {
    const rest = Object.fromEntries(Object.entries(args).filter(([name]) => !this.placed.has(name)));
    const headers = this.headersOf(args);
    const hasBody = this.hasBody();
    const url = this.urlOf(args, hasBody ? {} : rest);
    const body = hasBody ? this.bodyOf(rest, headers) : undefined;
    if (idempotencyKey !== '' && !hasHeader(headers, 'idempotency-key')) headers['Idempotency-Key'] = idempotencyKey;
    return { method: this.method, url, headers, body };
  }

  private hasBody(): boolean {
    if (this.method === 'GET' || this.method === 'HEAD') return false;
    if (this.method !== 'DELETE') return true;
    return this.body !== undefined || this.reshape !== undefined || this.spec.request?.static_body !== undefined;
  }

  private urlOf(args: ToolArguments, query: ToolArguments): URL {
    const text = this.address.execute(args, escapePart);
    if (!URL.canParse(text)) throw new Error(`the url of ${this.tool} is no address: ${text.slice(0, 200)}`);
    const url = new URL(text);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new Error(`the url of ${this.tool} is neither http nor https`);
    }
    for (const [name, value] of Object.entries(query)) addParam(url, name, textsOf(value));
    for (const [name, source] of this.queryParams) addParam(url, name, source(args));
    for (const [name, value] of Object.entries(this.spec.request?.static_query ?? {})) {
      url.searchParams.set(name, value);
    }
    return url;
  }

  private headersOf(args: ToolArguments): { [name: string]: string } {
    const headers: { [name: string]: string } = {};
    const set = (name: string, value: string): void => {
      // Later ones win, in whatever case they are written.
      for (const known of Object.keys(headers)) if (known.toLowerCase() === name.toLowerCase()) delete headers[known];
      if (/[\r\n\0]/.test(value)) throw new Error(`the value of the header ${name} has a line break`);
      headers[name] = value;
    };
    for (const [name, source] of this.headerParams) {
      const value = source(args);
      if (value !== undefined) set(name, Array.isArray(value) ? value.join(', ') : value);
    }
    for (const [name, variable] of this.fromEnv) set(name, this.secrets.read(variable, `the header ${name}`));
    for (const [name, template] of this.headers) {
      set(name, this.secrets.open(template.execute(args, orNothing), `the header ${name}`));
    }
    return headers;
  }

  private bodyOf(rest: ToolArguments, headers: { [name: string]: string }): string {
    const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
    if (type === undefined) headers['Content-Type'] = 'application/json';
    if (this.body !== undefined) {
      const isJson = type === undefined || /json/i.test(type);
      return this.body.execute(rest, isJson ? escapeJson : undefined);
    }
    const reshaped = this.reshape === undefined ? rest : this.reshape(rest);
    const { static_body: fixed } = this.spec.request ?? {};
    if (fixed !== undefined && !isMap(reshaped)) {
      throw new Error(`body_mapping of ${this.tool} gives no object, so that static_body has no place`);
    }
    const body = isMap(reshaped) ? { ...reshaped, ...fixed } : reshaped;
    return type?.toLowerCase().startsWith('application/x-www-form-urlencoded') ? formOf(body) : JSON.stringify(body);
  }

  private sources(
    params: string[] | { [name: string]: string } | undefined,
    field: string,
    placed: Set<string>,
  ): [string, Source][] {
    const entries = Array.isArray(params) ? params.map((name) => [name, name] as const) : Object.entries(params ?? {});
    return entries.map(([name, written]): [string, Source] => {
      if (written.includes('{{')) {
        const template = this.template(written, `request.${field}.${name}`);
        return [name, (args) => template.execute(args, orNothing)];
      }
      placed.add(written);
      return [name, (args) => (Object.hasOwn(args, written) ? textsOf(args[written]) : undefined)];
    });
  }

  private template(source: string, field: string): GoTemplate {
    try {
      return parseGoTemplate(source);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ArenaError({ code: 'invalid_input', message: `tool ${this.tool}: http.${field}: ${reason}` });
    }
  }
}

/** One value of an argument in a URL: it stays within the part where it is written. */
function escapePart(value: Value, by?: string): string {
  if (value === undefined || value === null) throw new Error('an argument that the url needs is missing');
  const text = printValue(value);
  // A browser's rules would take these as steps to another folder, escaped or not.
  if (/^\.{1,2}$/.test(text)) throw new Error('an argument that the url needs is no name but a step to another folder');
  return by === 'urlquery' ? text : encodeURIComponent(text);
}

/** An optional argument that is missing leaves nothing behind. */
const orNothing = (value: Value): string => (value === undefined || value === null ? '' : printValue(value));

/** As it stands inside of a JSON text; numbers, lists and maps as JSON. */
function escapeJson(value: Value): string {
  return typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value ?? null);
}

function textsOf(value: JsonValue | undefined): string | string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? value.map(textOf) : textOf(value);
}

const textOf = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value));

const isMap = (value: JsonValue): value is { [key: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function addParam(url: URL, name: string, value: string | string[] | undefined): void {
  if (value === undefined) return;
  for (const text of Array.isArray(value) ? value : [value]) url.searchParams.append(name, text);
}

function formOf(body: JsonValue): string {
  if (!isMap(body)) throw new Error('only an object can be sent as a form');
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    const texts = textsOf(value);
    for (const text of Array.isArray(texts) ? texts : texts === undefined ? [] : [texts]) form.append(name, text);
  }
  return form.toString();
}

function hasHeader(headers: { [name: string]: string }, name: string): boolean {
  return Object.keys(headers).some((known) => known.toLowerCase() === name);
}
