/** Where in a YAML text each value stands, kept small: the syntax tree itself is let go after loading. */
import { isMap, isScalar, isSeq, type LineCounter } from 'yaml';

interface Place {
  offset: number;
  /** By key or index; absent on scalars and on aliases, whose values stand elsewhere. */
  children?: Map<string | number, Place>;
}

/** Documents nested deeper than this are refused: everything that walks a bundle may then recurse. */
const MAX_DEPTH = 100;

/** A document that is valid YAML, and still none that we read. */
export class Unreadable extends Error {
  constructor(
    readonly offset: number,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** A value is found at its key, an item of a list at its beginning. */
function place(node: unknown, offset: number, depth: number): Place {
  if (depth > MAX_DEPTH) throw new Unreadable(offset, `is nested more than ${MAX_DEPTH} levels deep`, 'flatten it');
  if (isMap(node)) {
    const children = new Map<string | number, Place>();
    for (const { key, value } of node.items) {
      const at = startOf(key) ?? offset;
      if (!isScalar(key) || key.value === null) throw new Unreadable(at, 'has a key that is not a text', 'quote it');
      // The parser's own search for duplicates takes the square of the number of keys.
      if (children.has(String(key.value)) && key.value !== '<<') {
        throw new Unreadable(at, 'is not valid YAML: Map keys must be unique', 'leave one of the two out');
      }
      children.set(String(key.value), place(value, at, depth + 1));
    }
    return { offset, children };
  }
  if (isSeq(node)) {
    const children = new Map<string | number, Place>();
    node.items.forEach((item, index) => {
      children.set(index, place(item, startOf(item) ?? offset, depth + 1));
    });
    return { offset, children };
  }
  return { offset };
}

function startOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const [start] = node.range;
  return typeof start === 'number' ? start : undefined;
}

export class Positions {
  private readonly root: Place;

  /** Throws `Unreadable`. */
  constructor(
    contents: unknown,
    private readonly lines: LineCounter,
  ) {
    this.root = place(contents, startOf(contents) ?? 0, 0);
  }

  /** 1-based position of the value at `path`, or of the nearest thing around it that is written down. */
  find(path: readonly PropertyKey[]): { line: number; column: number } {
    let current = this.root;
    for (const key of path) {
      const next = current.children?.get(typeof key === 'symbol' ? '' : key);
      if (next === undefined) break;
      current = next;
    }
    const { line, col } = this.lines.linePos(current.offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}
