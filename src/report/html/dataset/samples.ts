import type { DataMessage, DataRecord } from '../../../core/datagen/data-record.js';
import type { DatasetSummary } from '../../../core/datagen/dataset-summary.js';
import { dataRecordSchema } from '../../../schema/data-record.js';
import { formatCost, formatCount } from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import { conversationLink } from '../sections/conversation-link.js';
import { section } from '../sections/section.js';

/** Some records as a reader of the data sees them: what was said, and the data. Empty where there are none. */
export function samplesSection({ samples, records }: DatasetSummary): string {
  if (samples.length === 0) return '';
  const items = samples.map((line, index) => `<li>${sample(line, index === 0)}</li>`);
  const hint = `${formatCount(samples.length)} of ${formatCount(records)} records.`;
  return section({ id: 'samples', title: 'Samples', hint }, `<ol class="samples">\n${items.join('\n')}\n</ol>`);
}

function sample(line: string, isOpen: boolean): string {
  const record = recordOf(line);
  // One that is too long for a summary is cut, and no JSON any more.
  if (record === undefined) return details('A long record', isOpen, code('Record', line));
  const { messages, data, metadata } = record;
  const told = metadata.persona === undefined ? metadata.scenario : `${metadata.scenario}, ${metadata.persona}`;
  const about = `<p class="figures">${conversationLink(metadata.id)} · ${escapeMarkup(figures(metadata))}</p>`;
  const body = [
    ...(data === undefined ? [] : [code('Data', JSON.stringify(data, undefined, 2))]),
    ...messages.map(said),
    about,
  ];
  return details(`${metadata.id} · ${told}`, isOpen, body.join('\n'));
}

function recordOf(line: string): DataRecord | undefined {
  try {
    return dataRecordSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

const details = (title: string, isOpen: boolean, body: string): string =>
  `<details class="sample"${isOpen ? ' open' : ''}><summary>${escapeMarkup(title)}</summary>\n${body}\n</details>`;

const code = (title: string, text: string): string =>
  `<div class="message"><h4>${escapeMarkup(title)}</h4><pre class="text code" tabindex="0">${escapeMarkup(text)}</pre></div>`;

function said({ role, content, tool_calls: calls = [] }: DataMessage): string {
  const called = calls.map(({ function: { name, arguments: given } }) => {
    return `<div class="tool-call"><span class="call">calls <code>${escapeMarkup(name)}</code></span><pre class="text code">${escapeMarkup(given)}</pre></div>`;
  });
  const text = content === '' ? '' : `<div class="text prose">${escapeMarkup(content)}</div>`;
  return `<div class="message ${role}"><h4>${role}</h4>${text}${called.join('')}</div>`;
}

function figures({ provider, seed, usage, costUsd, verdict, checks }: DataRecord['metadata']): string {
  const tokens = `${formatCount(usage.inputTokens)} → ${formatCount(usage.outputTokens)} tokens`;
  const held = checks.filter(({ passed }) => passed).length;
  const judged = checks.length === 0 ? [] : [`${held} of ${checks.length} checks held`];
  return [provider, `seed ${seed}`, tokens, formatCost(costUsd), verdict, ...judged].join(' · ');
}
