/** Reads the documents of one bundle, keeps every byte that was read, and collects every fault on the way. */
import type { z } from 'zod';
import { type BundleKind, bundleKinds } from '../schema/kinds.js';
import type { Loaded, Place } from './bundle.js';
import { type BundleSource, type FileProblem, isProblem } from './bundle-source.js';
import type { Fault } from './fault.js';
import type { Positions } from './positions.js';
import { schemaFaults, strayKeyFaults } from './schema-faults.js';
import { hintFor } from './suggest.js';
import { parseYaml } from './yaml-text.js';

/** 10 MiB: an author's document is a thousand times smaller. */
const MAX_DOCUMENT_BYTES = 10 * 1024 * 1024;

/** 64 MiB, for media and recordings. */
const MAX_ATTACHMENT_BYTES = 64 * 1024 * 1024;

/** 256 MiB for everything together: it is held in memory and travels to each worker. */
const MAX_BUNDLE_BYTES = 256 * 1024 * 1024;

interface Envelope<Spec> {
  metadata?: {
    name?: string;
    namespace?: string;
    labels?: { [key: string]: string };
    annotations?: { [key: string]: string };
  };
  spec: Spec;
}

export class DocumentReader {
  readonly faults: Fault[] = [];
  readonly files = new Map<string, Uint8Array>();
  /** Attachments that could not be had. */
  readonly absent = new Map<string, FileProblem>();
  private totalBytes = 0;

  constructor(readonly source: BundleSource) {}

  error(place: Place, message: string, hint?: string): void {
    this.faults.push({ severity: 'error', ...place, message, hint });
  }

  warn(place: Place, message: string, hint?: string): void {
    this.faults.push({ severity: 'warning', ...place, message, hint });
  }

  /** Takes a file into the bundle that is no document. Says whether it could be had; the caller words the fault. */
  attach(path: string): { problem: string; hint?: string } | undefined {
    const taken = this.take(path, MAX_ATTACHMENT_BYTES);
    if (!isProblem(taken)) return undefined;
    this.absent.set(path, taken);
    return taken;
  }

  /** The document at `path`; undefined, with faults, when it is not a sound one of this kind. */
  document<Spec>(
    path: string,
    kind: BundleKind,
    schema: z.ZodType<Envelope<Spec>>,
    namedAt?: Place,
  ): Loaded<Spec> | undefined {
    const bytes = this.take(path, MAX_DOCUMENT_BYTES);
    if (isProblem(bytes)) {
      this.error(namedAt ?? { file: path }, namedAt ? `${path} ${bytes.problem}` : bytes.problem, bytes.hint);
      return undefined;
    }
    const { text, faults } = parseYaml(path, bytes);
    this.faults.push(...faults);
    if (text === undefined || !this.isOfKind(path, kind, text.value, text.positions)) return undefined;
    const result = schema.safeParse(text.value);
    if (!result.success) {
      this.faults.push(...schemaFaults(result.error, schema, text.value, path, text.positions));
      return undefined;
    }
    this.faults.push(...strayKeyFaults(schema, text.value, path, text.positions));
    const { metadata, spec } = result.data;
    const placeOf = (at: readonly (string | number)[]) => ({ file: path, ...text.positions.find(at) });
    const { name: id = '', labels = {}, namespace, annotations } = metadata ?? {};
    return { id, spec, labels, namespace, annotations, file: path, ...locatedBy(placeOf) };
  }

  private take(path: string, maxBytes: number) {
    const known = this.files.get(path);
    if (known !== undefined) return known;
    const bytes = this.source.read(path, maxBytes);
    if (isProblem(bytes)) return bytes;
    if (this.totalBytes + bytes.byteLength > MAX_BUNDLE_BYTES) {
      return { problem: `makes the bundle larger than ${MAX_BUNDLE_BYTES} bytes`, hint: 'name large media by url' };
    }
    this.totalBytes += bytes.byteLength;
    this.files.set(path, bytes);
    return bytes;
  }

  private isOfKind(path: string, kind: BundleKind, value: unknown, positions: Positions): boolean {
    const top = { file: path, ...positions.find(['kind']) };
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.error(top, `is not a ${kind} document`, `begin it with "kind: ${kind}"`);
      return false;
    }
    const written: unknown = 'kind' in value ? value.kind : undefined;
    if (written === kind) return true;
    if (written === undefined) {
      this.error(top, 'has no kind', `begin it with "kind: ${kind}"`);
    } else if (typeof written === 'string' && written in bundleKinds) {
      this.error(top, `is a ${written}, but a ${kind} is expected here`, `move it to the list of ${written} documents`);
    } else {
      const shown = JSON.stringify(written).slice(0, 100);
      this.error(top, `unknown kind ${shown}`, hintFor(String(written), Object.keys(bundleKinds), 'kinds'));
    }
    return false;
  }
}

/** Where the values of a document stand, as data and as `file:line:col`. */
export function locatedBy(placeOf: Loaded<unknown>['placeOf']): Pick<Loaded<unknown>, 'placeOf' | 'at'> {
  const at = (path: readonly (string | number)[]) => {
    const { file, line, column } = placeOf(path);
    return `${file}:${line}:${column}`;
  };
  return { placeOf, at };
}

/** A spec that stands in the Arena file itself, under `path`. */
export function inlineDocument<Spec>(
  arena: Loaded<unknown>,
  id: string,
  spec: Spec,
  path: readonly (string | number)[],
): Loaded<Spec> {
  // A document's own paths begin with `spec`; here that part is what `path` leads to.
  const placeOf = (at: readonly (string | number)[]) => arena.placeOf([...path, ...at.slice(1)]);
  return { id, spec, labels: {}, file: arena.file, ...locatedBy(placeOf) };
}
