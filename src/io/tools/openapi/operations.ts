/** From an OpenAPI 3 document to the requests that it describes. Nothing in it is trusted. */
import type { JsonValue } from '../../../core/conversation.js';

type Json = { [key: string]: JsonValue };

export interface Operation {
  name: string;
  /** A live tool, as a bundle writes it. */
  spec: Json;
}

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const;

/** A model could not choose among more. */
const MAX_OPERATIONS = 500;

/** Parts that references lead to, in all: documents may refer to themselves. */
const MAX_RESOLVED = 20_000;
const MAX_DEPTH = 30;

/** `base`: the address that all of them are below. Throws an Error that says what is wrong with the document. */
export function operationsOf(document: unknown, specUrl: string): { base: string; operations: Operation[] } {
  if (!isMap(document)) throw new Error('it is no object');
  if (typeof document.openapi !== 'string' || !document.openapi.startsWith('3.')) {
    throw new Error('it is none of OpenAPI 3: it says no "openapi: 3…"');
  }
  const references = new References(document);
  const base = baseOf(document, specUrl);
  const operations = Object.entries(mapAt(document, 'paths')).flatMap(([path, written]) => {
    const item = references.resolve(written);
    if (!isMap(item)) return [];
    return METHODS.flatMap((method) => {
      const operation = references.resolve(own(item, method));
      return isMap(operation) ? [operationOf({ path, method, item, operation, base, references })] : [];
    });
  });
  if (operations.length === 0) throw new Error('it describes no operation');
  if (operations.length > MAX_OPERATIONS) {
    throw new Error(`it describes ${operations.length} operations, at most ${MAX_OPERATIONS} can be tools`);
  }
  return { base, operations };
}

interface Written {
  path: string;
  method: (typeof METHODS)[number];
  item: Json;
  operation: Json;
  base: string;
  references: References;
}

function operationOf({ path, method, item, operation, base, references }: Written): Operation {
  const parameters = [...listAt(item, 'parameters'), ...listAt(operation, 'parameters')]
    .map((parameter) => references.resolve(parameter))
    .filter(isMap);
  const properties: Json = {};
  const required = new Set<string>();
  const placed: { [place: string]: string[] } = { path: [], query: [], header: [] };
  for (const parameter of parameters) {
    const { name, in: place } = parameter;
    if (typeof name !== 'string' || typeof place !== 'string' || placed[place] === undefined) continue;
    placed[place]?.push(name);
    const described: Json = typeof parameter.description === 'string' ? { description: parameter.description } : {};
    define(properties, name, { ...described, ...references.schema(own(parameter, 'schema')) });
    if (place === 'path' || parameter.required === true) required.add(name);
  }
  addBody(operation, references, properties, required);
  const { path: inPath = [], query = [], header = [] } = placed;
  const url = `${base}${literal(path).replace(/%7B(.+?)%7D/g, (whole, name: string) => (isPlain(name) ? `{{.${name}}}` : whole))}`;
  const request = {
    ...(query.length === 0 ? {} : { query_params: query }),
    ...(header.length === 0 ? {} : { header_params: header }),
    ...(inPath.length === 0 ? {} : { exclude: inPath }),
  };
  const name = nameOf(operation, method, path);
  const told = [operation.summary, operation.description].find((text) => typeof text === 'string' && text !== '');
  return {
    name,
    spec: {
      description: typeof told === 'string' ? told.slice(0, 4096) : `${method.toUpperCase()} ${path}`,
      input_schema: { type: 'object', properties, required: [...required] },
      mode: 'live',
      http: { url, method: method.toUpperCase(), ...(Object.keys(request).length === 0 ? {} : { request }) },
    },
  };
}

/** Members of a JSON body become arguments of their own. */
function addBody(operation: Json, references: References, properties: Json, required: Set<string>): void {
  const body = references.resolve(own(operation, 'requestBody'));
  if (!isMap(body)) return;
  const media = references.resolve(own(mapAt(body, 'content'), 'application/json'));
  const schema = isMap(media) ? references.schema(own(media, 'schema')) : {};
  for (const [name, property] of Object.entries(mapAt(schema, 'properties'))) define(properties, name, property);
  for (const name of listAt(schema, 'required')) if (typeof name === 'string') required.add(name);
}

/** Names that models may call; anything else in an id becomes `_`. */
function nameOf(operation: Json, method: string, path: string): string {
  const id = typeof operation.operationId === 'string' ? operation.operationId : `${method} ${path}`;
  const name = id.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^_+|_+$/g, '');
  return name.slice(0, 64) || method;
}

/** The first server; an address without a host is one beside the document. */
function baseOf(document: Json, specUrl: string): string {
  const [server] = listAt(document, 'servers');
  const written = isMap(server) && typeof server.url === 'string' ? server.url : '/';
  if (/[{}]/.test(written)) throw new Error('the address of its first server holds variables, which nobody fills');
  if (!URL.canParse(written, specUrl)) throw new Error('the address of its first server is none');
  const url = new URL(written, specUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error('its first server is neither http nor https');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

class References {
  private resolved = 0;

  constructor(private readonly document: Json) {}

  /** What a value stands for; undefined where a reference leads nowhere. */
  resolve(value: JsonValue | undefined): JsonValue | undefined {
    let current = value;
    for (let steps = 0; isMap(current) && typeof current.$ref === 'string'; steps += 1) {
      this.count();
      if (steps > MAX_DEPTH) throw new Error('its references lead in a circle');
      current = this.at(current.$ref);
    }
    return current;
  }

  /** A schema in which nothing refers elsewhere: deeper than a bound anything is allowed. */
  schema(value: JsonValue | undefined, depth = 0): Json {
    const schema = this.expand(value, depth);
    return isMap(schema) ? schema : {};
  }

  private expand(value: JsonValue | undefined, depth: number): JsonValue {
    this.count();
    if (depth > MAX_DEPTH) return {};
    const found = this.resolve(value);
    if (Array.isArray(found)) return found.map((each) => this.expand(each, depth + 1));
    if (!isMap(found)) return found ?? {};
    const copy: Json = {};
    for (const [key, each] of Object.entries(found)) define(copy, key, this.expand(each, depth + 1));
    return copy;
  }

  private at(reference: string): JsonValue | undefined {
    if (!reference.startsWith('#/')) throw new Error(`it refers to ${reference.slice(0, 100)}, outside of itself`);
    const keys = reference
      .slice(2)
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    return keys.reduce<JsonValue | undefined>(
      (value, key) => (isMap(value) ? own(value, key) : undefined),
      this.document,
    );
  }

  private count(): void {
    this.resolved += 1;
    if (this.resolved > MAX_RESOLVED) throw new Error('its schemas are larger than any model could read');
  }
}

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const own = (map: Json, key: string): JsonValue | undefined => (Object.hasOwn(map, key) ? map[key] : undefined);

function mapAt(map: Json, key: string): Json {
  const value = own(map, key);
  return isMap(value) ? value : {};
}

function listAt(map: Json, key: string): JsonValue[] {
  const value = own(map, key);
  return Array.isArray(value) ? value : [];
}

/** `__proto__` is a name like any other. */
function define(map: Json, key: string, value: JsonValue): void {
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

/** A path is no template. */
const literal = (path: string): string => path.replaceAll('{', '%7B').replaceAll('}', '%7D');

/** Names that a template can ask for. */
const isPlain = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name);
