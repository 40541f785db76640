import { attributes, escapeMarkup } from '../xml.js';
import type { PageAssets } from './page-assets.js';

export interface PageFrame {
  title: string;
  /** What the page opens with; absent: what the reader chose before, else what the system prefers. */
  theme: 'light' | 'dark' | undefined;
  assets: PageAssets;
}

/** Everything before the visible part. */
export function pageHead({ title, theme, assets: { style, policy, themeScript } }: PageFrame): string {
  return `<!doctype html>
<html lang="en"${attributes({ 'data-theme': theme })}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeMarkup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeMarkup(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<script>${themeScript}</script>
</head>
<body>
<a class="skip" href="#conversations">Skip to conversations</a>
`;
}

/** Everything after it. */
export function pageFoot({ assets: { script } }: PageFrame): string {
  return `<script>${script}</script>\n</body>\n</html>\n`;
}
