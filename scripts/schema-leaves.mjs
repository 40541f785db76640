/**
 * Every leaf of the documents' schemas, for the coverage table. A shape that stands in several places (an assertion, a
 * part of a message, a document in place) is taken apart where it is met first; everywhere else it is one leaf, "as
 * there": what differs between places is only that the shape is read at all.
 */
import { Reference } from './field-reference.mjs';

/**
 * @typedef {{ [key: string]: unknown }} Node
 * @typedef {{ leaf: string, text: string, as?: string }} Leaf
 * `leaf` is what tests claim: kind and path as in docs/fields.md, e.g. `Scenario.spec.turns[].content`.
 */

/** @param {unknown} value @returns {Node} */
const asNode = (value) => (typeof value === 'object' && value !== null ? /** @type {Node} */ (value) : {});

/** @param {Node} node @returns {Node[]} */
const choicesOf = (node) => {
  const choices = node.anyOf ?? node.oneOf;
  return Array.isArray(choices) ? choices.map(asNode) : [];
};

/** So many properties of a larger shape may be alike by chance, e.g. `enabled`. */
const COINCIDENCE = 2;

class Walk {
  /** @type {Leaf[]} */
  leaves = [];
  /** Where a set of properties was met first. @type {{ path: string, properties: Map<string, string> }[]} */
  shapes = [];

  /** @param {Node} root */
  open(root) {
    this.reference = new Reference(root);
  }

  /** @param {Node} written @param {string} path @param {string} [text] of the field that leads here */
  walk(written, path, text = '') {
    const node = this.reference?.resolve(written) ?? written;
    const said = typeof node.description === 'string' && text === '' ? node.description : text;
    const below = this.childrenOf(node, path);
    const known = below.length === 0 ? undefined : this.knownAs(node);
    // The same shape in another alternative of one place says nothing new.
    if (known === path) return;
    if (below.length === 0 || known !== undefined) {
      if (!this.leaves.some(({ leaf }) => leaf === path)) this.leaves.push({ leaf: path, text: said, as: known });
      return;
    }
    if (node.properties) this.shapes.push({ path, properties: propertiesOf(node) });
    for (const [child, at, words] of below) this.walk(child, at, words);
  }

  /** What can be said below a node: keys, elements, alternatives. Anything that JSON can say has nothing below. @param {Node} node @param {string} path @returns {[Node, string, string][]} */
  childrenOf(node, path) {
    const said = typeof node.description === 'string' ? node.description : '';
    /** @type {[Node, string, string][]} */
    const found = Object.entries(asNode(node.properties)).map(([name, child]) => [
      asNode(child),
      `${path}.${name}`,
      String(asNode(child).description ?? ''),
    ]);
    const inner = [
      ...(node.items === undefined ? [] : [{ node: asNode(node.items), at: `${path}[]` }]),
      ...(typeof node.additionalProperties === 'object'
        ? [{ node: asNode(node.additionalProperties), at: `${path}.*` }]
        : []),
      ...choicesOf(node).map((choice) => ({ node: choice, at: path })),
    ];
    for (const { node: child, at } of inner) if (this.isObject(child)) found.push([child, at, said]);
    return found;
  }

  /** True when keys are laid down somewhere below. A recursive schema lays down none. @param {Node} written @param {number} [depth] @returns {boolean} */
  isObject(written, depth = 0) {
    if (depth > 4) return false;
    const node = this.reference?.resolve(written) ?? written;
    if (node.properties) return true;
    const inner = [node.items, node.additionalProperties, ...choicesOf(node)];
    return inner.some(
      (child) => typeof child === 'object' && child !== null && this.isObject(asNode(child), depth + 1),
    );
  }

  /** @param {Node} node @returns {string | undefined} */
  knownAs(node) {
    const properties = propertiesOf(node);
    if (properties.size === 0) return undefined;
    const same = this.shapes.find(
      (shape) =>
        (shape.properties.size === properties.size || properties.size > COINCIDENCE) &&
        [...properties].every(([name, said]) => shape.properties.get(name) === said),
    );
    return same?.path;
  }
}

/** @param {Node} node */
function propertiesOf(node) {
  return new Map(Object.entries(asNode(node.properties)).map(([name, child]) => [name, JSON.stringify(child)]));
}

/**
 * Leaves of the documents, in their order. `at` is where a document's own part begins: the frame around a spec is the
 * same in all of them and stands once.
 * @param {{ name: string, schema: unknown, at?: string }[]} documents @returns {Leaf[]}
 */
export function schemaLeaves(documents) {
  const walk = new Walk();
  for (const { name, schema, at } of documents) {
    const root = asNode(schema);
    walk.open(root);
    const start = at === undefined ? root : asNode(asNode(root.properties)[at]);
    walk.walk(start, at === undefined ? name : `${name}.${at}`);
  }
  return walk.leaves;
}
