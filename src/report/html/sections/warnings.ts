import { formatCount } from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import { section } from './section.js';

const MAX_WARNINGS = 50;

/** Empty where there are none. */
export function warningsSection(all: readonly string[]): string {
  if (all.length === 0) return '';
  const items = all.slice(0, MAX_WARNINGS).map((text) => `<li>${escapeMarkup(text)}</li>`);
  if (all.length > MAX_WARNINGS)
    items.push(`<li>and ${formatCount(all.length - MAX_WARNINGS)} more in summary.json</li>`);
  return section({ id: 'warnings', title: 'Warnings' }, `<ul>${items.join('')}</ul>`);
}
