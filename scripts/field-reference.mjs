/**
 * The field reference (docs/fields.md) out of the JSON Schemas that also check the files, so that it cannot be out of
 * date: one table a document, one row a field. `npm run docs` writes it; a test fails while it differs.
 */
/**
 * @typedef {{ [key: string]: unknown }} Node
 * @typedef {{ path: string, type: string, text: string, required: boolean }} Row
 */

const HEADING = `# Field reference

Every field of every document, made from the schemas that check them (\`npm run docs\`). \`[]\` stands for the elements of a list,
\`*\` for the keys of a map; **bold** fields must be there. What the documents are for stands in [bundle files](bundle.md) and
[starting from other services](starting-from-other-services.md).
`;

/** What `arena schema` knows, in the order of the page. */
export const DOCUMENTS = /** @type {const} */ ([
  { kind: 'arena', title: 'Arena' },
  { kind: 'promptconfig', title: 'PromptConfig' },
  { kind: 'scenario', title: 'Scenario' },
  { kind: 'provider', title: 'Provider' },
  { kind: 'tool', title: 'Tool' },
  { kind: 'persona', title: 'Persona' },
  { kind: 'eval', title: 'Eval' },
  { kind: 'arenasource', title: 'ArenaSource (cluster)' },
  { kind: 'arenaconfig', title: 'ArenaConfig (cluster)' },
  { kind: 'arenajob', title: 'ArenaJob (cluster)' },
  { kind: 'clusterprovider', title: 'Provider (cluster)' },
  { kind: 'toolregistry', title: 'ToolRegistry (cluster)' },
  { kind: 'agentruntime', title: 'AgentRuntime (cluster)' },
  { kind: 'job', title: 'Job input' },
  { kind: 'result', title: 'Conversation record' },
  { kind: 'summary', title: 'Run summary' },
  { kind: 'record', title: 'Record of generated data' },
]);

/** @param {unknown} value @returns {Node} */
function asNode(value) {
  return typeof value === 'object' && value !== null ? /** @type {Node} */ (value) : {};
}

/** @param {unknown} value @returns {Node[]} */
function asNodes(value) {
  return Array.isArray(value) ? value.map(asNode) : [];
}

export class Reference {
  /** @param {Node} root */
  constructor(root) {
    this.root = root;
    /** @type {Row[]} */
    this.rows = [];
  }

  /** Follows references; a schema that comes back to itself is said once. @param {Node} node */
  resolve(node) {
    const own = typeof node.$ref === 'string' ? [node.$ref] : [];
    const inherited = [...own, ...asNodes(node.allOf).flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []))];
    const bases = inherited.map((ref) => this.resolve(asNode(asNode(this.root.$defs)[ref.split('/').pop() ?? ''])));
    return Object.assign({}, ...bases, node);
  }

  /** @param {Node} written @returns {string} */
  typeOf(written) {
    const node = this.resolve(written);
    if (node.const !== undefined) return `\`${node.const}\``;
    if (Array.isArray(node.enum)) return node.enum.map((value) => `\`${value}\``).join(', ');
    const choices = asNodes(node.anyOf ?? node.oneOf);
    if (choices.length > 5) return 'any';
    if (choices.length > 0) return [...new Set(choices.map((choice) => this.typeOf(choice)))].join(' or ');
    if (node.type === 'array') return `list of ${this.typeOf(asNode(node.items))}`;
    if (node.type === 'object') return node.properties || !node.additionalProperties ? 'object' : 'map';
    return typeof node.type === 'string' ? node.type : 'any';
  }

  /** @param {Node} written @param {string} path @param {Set<unknown>} above @param {boolean} [alternative] */
  below(written, path, above, alternative = false) {
    const node = this.resolve(written);
    const mark = written.$ref ?? asNodes(written.allOf).find(({ $ref }) => $ref)?.$ref ?? written;
    if (above.has(mark)) return;
    const inner = new Set(above).add(mark);
    const required = Array.isArray(node.required) ? node.required : [];
    for (const [name, child] of Object.entries(asNode(node.properties))) {
      this.field(asNode(child), path === '' ? name : `${path}.${name}`, !alternative && required.includes(name), inner);
    }
    if (node.items) this.below(asNode(node.items), `${path}[]`, inner);
    if (typeof node.additionalProperties === 'object')
      this.below(asNode(node.additionalProperties), `${path}.*`, inner);
    for (const choice of asNodes(node.anyOf ?? node.oneOf)) this.below(choice, path, inner, true);
  }

  /** @param {Node} written @param {string} path @param {boolean} required @param {Set<unknown>} above */
  field(written, path, required, above) {
    const node = this.resolve(written);
    if (!this.rows.some((row) => row.path === path)) {
      const text = typeof node.description === 'string' ? node.description : '';
      this.rows.push({ path, type: this.typeOf(written), text, required });
    }
    // Documents in place have their own section.
    if (!/^spec\.\w+_specs$/.test(path)) this.below(written, path, above);
  }
}

/** @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** @param {{ title: string, schema: unknown }[]} documents */
export function fieldReference(documents) {
  const sections = documents.map(({ title, schema }) => {
    const reference = new Reference(asNode(schema));
    reference.below(reference.root, '', new Set());
    const rows = reference.rows.map(({ path, type, text, required }) => {
      const name = required ? `**\`${path}\`**` : `\`${path}\``;
      return `| ${name} | ${cell(type)} | ${cell(text)} |`;
    });
    return [`## ${title}`, '', '| Field | Type | Meaning |', '|---|---|---|', ...rows, ''].join('\n');
  });
  return `${HEADING}\n${sections.join('\n')}`;
}
