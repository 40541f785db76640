/** A small XML 1.0 parser for tests that forgives nothing: what it takes, every parser takes. */
export interface XmlElement {
  name: string;
  attributes: { [name: string]: string };
  children: XmlElement[];
  /** Text directly inside. */
  text: string;
}

const NAME = '[A-Za-z][A-Za-z0-9_.-]*';
const TOKEN = new RegExp(
  `<(?<close>/)?(?<name>${NAME})(?<rest>(?: ${NAME}="[^"<]*")*)(?<empty>/)?>|(?<text>[^<>]+)`,
  'y',
);
const ENTITIES: { [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
/** Char of XML 1.0, section 2.2. */
const ALLOWED = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

function decode(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const number = /^#(\d+)$/.exec(name)?.[1];
    const found = number === undefined ? ENTITIES[name] : String.fromCodePoint(Number(number));
    if (found === undefined || !whole.endsWith(';') || !ALLOWED.test(found)) throw new Error(`bad entity ${whole}`);
    return found;
  });
}

function attributesOf(rest: string): { [name: string]: string } {
  const attributes: { [name: string]: string } = {};
  for (const [, name = '', value = ''] of rest.matchAll(new RegExp(`(${NAME})="([^"]*)"`, 'g'))) {
    if (name in attributes) throw new Error(`attribute ${name} twice`);
    // A parser turns these into spaces, so they must not stand here unescaped.
    if (/[\t\n\r]/.test(value)) throw new Error(`raw white space in ${name}`);
    attributes[name] = decode(value);
  }
  return attributes;
}

export function parseXml(document: string): XmlElement {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!document.startsWith(declaration)) throw new Error('no XML declaration');
  if (!ALLOWED.test(document)) throw new Error('a character that XML 1.0 forbids');
  if (document.includes(']]>')) throw new Error(']]> in text');
  const top: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  let at = declaration.length;
  while (at < document.length) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(document)?.groups;
    const inside = open.at(-1);
    if (!groups || !inside) throw new Error(`not well-formed at ${JSON.stringify(document.slice(at, at + 60))}`);
    at = TOKEN.lastIndex;
    const { close, name = '', rest = '', empty, text } = groups;
    if (text !== undefined) inside.text += decode(text);
    else if (close) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes something else`);
    } else {
      const element: XmlElement = { name, attributes: attributesOf(rest), children: [], text: '' };
      inside.children.push(element);
      if (!empty) open.push(element);
    }
  }
  const [root] = top.children;
  if (open.length !== 1 || top.children.length !== 1 || !root || top.text.trim() !== '')
    throw new Error('not one root');
  return root;
}
