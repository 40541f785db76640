/** Texts that break careless writers; each stands for a class of trouble. */
export const HOSTILE_TEXTS: readonly string[] = [
  '<script>document.title = "owned"</script>',
  '</script><script>document.title = "owned"</script>',
  '<!-- <script>',
  '<img src="http://127.0.0.1:9/x.png" onerror="document.title = \'owned\'">',
  '![x](http://127.0.0.1:9/x.png) [y](javascript:alert(1)) @everyone #1',
  ']]> <![CDATA[ &amp; &#0; "quoted" \'single\'',
  '```\n~~~\n````` | a | b |\n# Heading\n</details>',
  'cell \\| <img src="http://127.0.0.1:9/x.png"> \\\\|',
  '=HYPERLINK("http://127.0.0.1:9")',
  'nul \u0000 bell \u0007 escape \u001b[31mred\u001b[0m csi \u009b31m vt \u000b ff \u000c',
  'noncharacters \ufffe \uffff, lone \ud800 and \udc00 surrogates',
  'left \u202e right \u2066 isolate, עברית, العربية',
  'carriage\r\nreturn\rand\ttab\u2028line\u2029paragraph',
  '',
  ' ',
];
