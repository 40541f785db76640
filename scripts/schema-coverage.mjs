/**
 * Which test shows the effect of which leaf of the schemas: no field may be inert. Tests claim leaves, the table
 * docs/coverage.md is made of the claims, and `npm run check` fails on a leaf that nobody claims. How to claim stands in
 * CONTRIBUTING.md.
 */

/**
 * @typedef {import('./schema-leaves.mjs').Leaf} Leaf
 * @typedef {{ leaf: string, file: string, line: number, test?: string, quoted?: boolean }} Claim
 * `test` is missing outside of any test; `quoted` is a literal of the code rather than a comment.
 */

const HEADING = `# Schema coverage

Every leaf of every document that a user writes, with the tests that show what changing it changes, or how it is refused. Made from
the schemas and from the claims in the tests; \`npm run check\` fails on a leaf without a test. "as …" marks a shape that stands in
several places: it is taken apart at the first one, and here the test shows that it is read in this place as well.
`;

const TEST_START = /^(\s*)test(\.each)?\b/;
const COMMENT = /^\s*\/\/ shows (.+)$/;

/** @param {string[]} kinds */
function literalOf(kinds) {
  return new RegExp(`['"\`]((?:${kinds.join('|')})\\.[\\w$.[\\]*-]+)['"\`]`, 'g');
}

/**
 * The tests of a file, as lines and titles. The formatter decides where they begin and end.
 * @param {string[]} rows @returns {{ start: number, end: number, indent: number, title?: string }[]}
 */
function testsOf(rows) {
  return rows.flatMap((row, start) => {
    const indent = TEST_START.exec(row)?.[1]?.length;
    if (indent === undefined) return [];
    const isEnd = (/** @type {string} */ line) => line.search(/\S/) === indent && /\);$/.test(line);
    const length = isEnd(row) ? 0 : rows.slice(start).findIndex(isEnd);
    const end = length < 0 ? rows.length - 1 : start + length;
    const text = rows.slice(start, end + 1).join('\n');
    const found = /^\s*test\(\s*(['"`])(.*?)\1,/s.exec(text) ?? /\)\(\s*(['"`])(.*?)\1,/s.exec(text);
    return [{ start, end, indent, title: found?.[2]?.replace(/\s+/g, ' ') }];
  });
}

/** `${NAME}` in templates replaced by the text of the constant. @param {string} text */
function withConstants(text) {
  const constants = new Map(
    [...text.matchAll(/^const (\w+) = '([^'\n]+)';$/gm)].map(([, name, value]) => [name, value]),
  );
  return text.replace(/\$\{(\w+)\}/g, (whole, name) => constants.get(name) ?? whole);
}

/**
 * Claims of one test file: leaves in quotes inside a test (rows of a table), where `${NAME}.rest` stands for a constant of
 * the file, and leaves in a comment `// shows …` above a test or inside it.
 * @param {string} file @param {string} text @param {string[]} kinds of the leaves @returns {Claim[]}
 */
export function claimsOf(file, text, kinds) {
  const rows = withConstants(text).split('\n');
  const literal = literalOf(kinds);
  const tests = testsOf(rows);
  return rows.flatMap((row, index) => {
    const comment = COMMENT.exec(row)?.[1];
    const named = comment?.split(/,\s*/).filter((leaf) => kinds.some((kind) => leaf.startsWith(`${kind}.`)));
    const leaves = named ?? [...row.matchAll(literal)].map(([, leaf]) => leaf ?? '');
    if (leaves.length === 0) return [];
    const around = tests.find(({ start, end }) => index >= start && index <= end);
    const next = rows.findIndex((below, at) => at > index && !COMMENT.test(below));
    const below = comment === undefined ? undefined : tests.find(({ start }) => start === next);
    const title = (around ?? below)?.title;
    const quoted = comment === undefined;
    return leaves.map((leaf) => ({ leaf: leaf.trim().replace(/\.$/, ''), file, line: index + 1, test: title, quoted }));
  });
}

/**
 * Claims by the leaves that the table has. A list of values is one leaf, named without the `[]` of its elements, and a list of
 * shapes is one leaf with it; claims may write either. And a claim below a shape that stands elsewhere as well counts for both places.
 * @param {Leaf[]} leaves @param {Claim[]} claims @returns {Claim[]}
 */
function resolved(leaves, claims) {
  const known = new Set(leaves.map(({ leaf }) => leaf));
  return claims.flatMap((claim) => {
    const list = claim.leaf.replace(/\[\]$/, '');
    if (known.has(claim.leaf)) return [claim];
    if (known.has(list)) return [{ ...claim, leaf: list }];
    const elements = [`${claim.leaf}[]`, `${claim.leaf}.*`].find((leaf) => known.has(leaf));
    if (elements !== undefined) return [{ ...claim, leaf: elements }];
    const shape = leaves.find(({ leaf, as }) => as !== undefined && claim.leaf.startsWith(`${leaf}.`));
    if (shape === undefined) return [claim];
    const there = `${shape.as}${claim.leaf.slice(shape.leaf.length)}`;
    return [{ ...claim, leaf: shape.leaf }, ...resolved(leaves, [{ ...claim, leaf: there }])];
  });
}

/**
 * @param {Leaf[]} leaves @param {Claim[]} written
 * @returns {string[]}
 */
export function coverageFaults(leaves, written) {
  const claims = resolved(leaves, written);
  const known = new Set(leaves.map(({ leaf }) => leaf));
  const claimed = new Set(claims.filter(({ test }) => test !== undefined).map(({ leaf }) => leaf));
  // Tests also set whole blocks, and build leaves from them.
  const isBlock = (/** @type {string} */ path) =>
    leaves.some(({ leaf }) => leaf.startsWith(`${path}.`) || leaf.startsWith(`${path}[]`));
  const faults = claims.flatMap(({ leaf, file, line, test, quoted }) => {
    if (quoted && !known.has(leaf) && (isBlock(leaf) || isBlock(leaf.replace(/\[\]$/, '')))) return [];
    if (!known.has(leaf)) return [`${file}:${line} claims ${leaf}, which no schema has as a leaf`];
    return test === undefined ? [`${file}:${line} claims ${leaf} outside of a test`] : [];
  });
  const missing = leaves.filter(({ leaf }) => !claimed.has(leaf));
  return [...faults, ...missing.map(({ leaf }) => `${leaf} has no test that shows its effect or its refusal`)];
}

/** @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|');

/** @param {Leaf[]} leaves @param {Claim[]} written */
export function coverageTable(leaves, written) {
  const claims = resolved(leaves, written);
  /** @type {Map<string, string[]>} */
  const sections = new Map();
  for (const { leaf, as } of leaves) {
    const kind = leaf.slice(0, leaf.indexOf('.'));
    const shown = claims.filter((claim) => claim.leaf === leaf && claim.test !== undefined);
    const tests = [...new Set(shown.map(({ file, test }) => `${file.replace(/^test\//, '')}: ${cell(test ?? '')}`))];
    const name = as === undefined ? `\`${leaf}\`` : `\`${leaf}\`, as \`${as}\``;
    const rows = sections.get(kind) ?? [];
    sections.set(kind, [...rows, `| ${name} | ${tests.sort().join('<br>')} |`]);
  }
  const parts = [...sections].map(([kind, rows]) => `## ${kind}\n\n| Leaf | Tests |\n|---|---|\n${rows.join('\n')}\n`);
  return `${HEADING}\n${parts.join('\n')}`;
}
