import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonValue } from '../../src/core/conversation.js';
import { parseGoTemplate } from '../../src/io/tools/go-template.js';

const DATA: JsonValue = {
  name: 'Ada',
  n: 3,
  f: 2.5,
  big: 1e21,
  small: 0.00001,
  yes: true,
  no: false,
  none: null,
  list: ['a', 'b', 'c'],
  empty: [],
  deep: { b: { c: 'd' }, a: 1 },
  people: [
    { name: 'Bo', tags: ['x'] },
    { name: 'Cy', tags: [] },
  ],
  quote: 'a "b" <c> & \'d\'',
};

const run = (template: string, data: JsonValue = DATA) => parseGoTemplate(template).execute(data);

/** Expected texts follow Go's documentation of text/template and fmt. */
describe('Go templates', () => {
  test.each<[string, string]>([
    ['plain', 'plain'],
    ['Hello {{.name}}!', 'Hello Ada!'],
    ['{{ .name }}', 'Ada'],
    ['{{.missing}} {{.deep.missing}}', '<no value> <no value>'],
    ['{{.n}} {{.f}} {{.yes}} {{.none}}', '3 2.5 true <no value>'],
    ['{{.big}} {{.small}}', '1e+21 1e-05'],
    ['{{.list}} {{.deep}} {{.empty}}', '[a b c] map[a:1 b:map[c:d]] []'],
    ['{{.deep.b.c}} {{$.deep.a}} {{(index .people 0).name}}', 'd 1 Bo'],
    ['{{if .yes}}y{{end}}{{if .no}}n{{end}}', 'y'],
    ['{{if .missing}}a{{else if .n}}b{{else}}c{{end}}', 'b'],
    ['{{if .empty}}a{{else if .none}}b{{else}}c{{end}}', 'c'],
    ['{{range .list}}<{{.}}>{{end}}', '<a><b><c>'],
    ['{{range $i, $v := .list}}{{if $i}}, {{end}}{{$i}}={{$v}}{{end}}', '0=a, 1=b, 2=c'],
    ['{{range $v := .list}}{{$v}}{{end}}', 'abc'],
    ['{{range .empty}}x{{else}}none{{end}}', 'none'],
    ['{{range .people}}{{.name}}{{range .tags}}#{{.}}{{end}};{{end}}', 'Bo#x;Cy;'],
    ['{{range $k, $v := .deep}}{{$k}}{{end}}', 'ab'],
    ['{{range .list}}{{if eq . "b"}}{{break}}{{end}}{{.}}{{end}}', 'a'],
    ['{{range .list}}{{if eq . "b"}}{{continue}}{{end}}{{.}}{{end}}', 'ac'],
    ['{{with .deep.b}}{{.c}}{{$.name}}{{end}}', 'dAda'],
    ['{{with .missing}}x{{else}}y{{end}}', 'y'],
    ['{{$x := .n}}{{$x}}{{$x = 4}}{{$x}}', '34'],
    ['{{$x := 1}}{{range .list}}{{$x = .}}{{end}}{{$x}}', 'c'],
    ['a {{- .n -}} b', 'a3b'],
    ['a\n{{/* a comment }} with braces */}}b', 'a\nb'],
    ['a {{- /* gone */ -}} b', 'ab'],
    ['{{len .list}} {{len .name}} {{len .deep}}', '3 3 2'],
    ['{{index .list 1}} {{index .deep "b" "c"}}', 'b d'],
    ['{{slice .name 1}} {{slice .name 0 2}}', 'da Ad'],
    ['{{eq .n 3}} {{ne .name "Ada"}} {{lt .n 4}} {{ge .f 2.5}} {{eq .name "x" "Ada"}}', 'true false true true true'],
    ['{{and .yes .n}} {{or .no "else"}} {{not .no}}', '3 else true'],
    ['{{if and (eq .n 3) (not .no)}}both{{end}}', 'both'],
    ['{{.name | printf "%s-%v" "x"}}', 'x-Ada'],
    ['{{printf "%05.1f|%d|%q|%6s|%-4s|%%" .f .n .name "ab" "c"}}', '002.5|3|"Ada"|    ab|c   |%'],
    ['{{print 1 2 "a" "b"}}', '1 2ab'],
    ['{{html .quote}}', 'a &#34;b&#34; &lt;c&gt; &amp; &#39;d&#39;'],
    ['{{urlquery "a b&c"}}', 'a+b%26c'],
    ['{{"a }} b"}}{{`raw "x"`}}', 'a }} braw "x"'],
    ['{{true}} {{1.5}} {{"\\u00e9\\n"}}', 'true 1.5 é\n'],
  ])('%s', (template, expected) => {
    expect(run(template)).toBe(expected);
  });

  test.each<[string, string]>([
    ['{{.name', 'never closed'],
    ['{{if .name}}x', 'no {{end}}'],
    ['{{end}}', 'closes nothing'],
    ['{{else}}', 'closes nothing'],
    ['{{.name.first}}', "can't evaluate field first"],
    ['{{nothing .name}}', 'function "nothing" is not defined'],
    ['{{index .list 7}}', 'out of range'],
    ['{{len .n}}', 'len of 3'],
    ['{{lt .n "a"}}', 'cannot be compared'],
    ['{{range .name}}{{end}}', "can't iterate"],
    ['{{$x}}', 'not declared'],
    ['{{template "a"}}', 'not supported'],
    ['{{.a | }}', 'a command is empty'],
    ['{{(.a}}', 'not closed'],
    ['{{}}', 'a command is empty'],
    ['{{1 2}}', 'has no function'],
    ['{{.a ~ .b}}', 'is not understood'],
  ])('%s is refused', (template, why) => {
    expect(() => run(template)).toThrow(why);
  });

  test('work is bounded', () => {
    const nested = '{{range .l}}'.repeat(8);
    const bomb = `${nested}x${'{{end}}'.repeat(8)}`;
    expect(() => run(bomb, { l: Array(50).fill(0) })).toThrow();
    expect(() => run('{{range .n}}{{$.text}}{{end}}', { n: 100_000, text: 'x'.repeat(1000) })).toThrow('longer than');
    expect(() => run('{{if .a}}'.repeat(1000))).toThrow('nested deeper');
    expect(() => run(`{{${'('.repeat(1000)}}}`)).toThrow('nested deeper');
  });

  test('names of prototypes are names like any other', () => {
    expect(run('{{.constructor}} {{.deep.__proto__}} {{index .deep "toString"}}')).toBe(
      '<no value> <no value> <no value>',
    );
  });

  test('no text makes it hang or fail with anything but a fault of the template', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '{{-',
      '-}}',
      'if ',
      'range ',
      'end',
      'else',
      '.a',
      '$x',
      ':=',
      '"',
      '(',
      ')',
      '|',
      'x',
      ' ',
      '{{end}}',
      '{{if .a}}',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          expect(typeof run(pieces.join(''))).toBe('string');
        } catch (error) {
          expect(error).toMatchObject({ name: 'TemplateFault' });
        }
      }),
      { numRuns: 500 },
    );
  });
});
