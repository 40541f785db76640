import { test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { report } from '../helpers/report-memory.js';
import { sampleAssertion, sampleMessages, sampleRecord, sampleSummary } from '../helpers/sample-records.js';
import type { ConversationRecord } from '../../src/core/conversation.js';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAYAAAAf8/9hAAAAFUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC';
test('sample', async () => {
  const scenarios = ['order-status', 'refund-late-delivery', 'change-address', 'gift-recommendation', 'complaint-escalation', 'opening-hours', 'bulk-discount'];
  const providers = ['gpt-4o', 'claude-sonnet', 'support-agent-llama3-70b', 'gemini-flash'];
  const records: ConversationRecord[] = [];
  let i = 0;
  for (let trial = 1; trial <= 5; trial++) for (const s of scenarios) for (const p of providers) {
    const bad = (s === 'refund-late-delivery' && p === 'support-agent-llama3-70b' && trial > 2) || (s === 'bulk-discount' && p === 'gemini-flash') ;
    const err = s === 'complaint-escalation' && p === 'gemini-flash' && trial === 2;
    const r = sampleRecord({ scenario: s, provider: p, index: i, id: `${s}/${p}/t${trial}`, trial, costUsd: 0.001 + i * 0.0001, timing: { startedAt: 1795176000000, durationMs: 900 + ((i * 7919) % 3000), callMs: 800, waitMs: 5 } });
    i++;
    r.messages = [
      { role: 'system', content: 'You are the assistant of a bookshop. Be brief.\n'.repeat(8) },
      { role: 'user', content: 'My parcel is two weeks late. I want my money back.' },
      { role: 'assistant', content: 'I am sorry to hear that. Let me look up your order.', toolCalls: [{ id: 'c1', name: 'get_order', args: { orderId: 'B-20931', include: ['shipment', 'payment'] } }], usage: { inputTokens: 210, outputTokens: 32 }, costUsd: 0.0011, latencyMs: 812, ttftMs: 210, finishReason: 'tool_calls' },
      { role: 'tool', content: '{\n  "status": "in_transit",\n  "days_late": 14\n}', toolResult: { id: 'c1', name: 'get_order', latencyMs: 12 } },
      { role: 'assistant', content: 'Your order B-20931 is 14 days late. <script>alert(1)</script>\n\n**Would** you like a refund or a new parcel?', usage: { inputTokens: 300, outputTokens: 51, cachedTokens: 128 }, costUsd: 0.0019, latencyMs: 1044, finishReason: 'stop', violations: bad ? [{ validator: 'banned_words', direction: 'output', score: 1, message: 'contains "guarantee"' }] : undefined },
      { role: 'user', content: 'A refund please. שלום עולם', persona: 'impatient-customer', parts: [{ type: 'text', text: 'A refund please. שלום עולם' }, { type: 'image', mimeType: 'image/png', data: PNG, filePath: 'media/receipt.png' }] },
      { role: 'assistant', content: bad ? 'I cannot do that.' : 'Done. The money is on its way.', usage: { inputTokens: 420, outputTokens: 20 }, costUsd: 0.0008, latencyMs: 640, finishReason: 'stop' },
    ];
    r.toolStats = { total: 1, byTool: { get_order: 1 } };
    r.assertions = [
      sampleAssertion({ messageIndex: 4 }),
      sampleAssertion({ messageIndex: 6, type: 'tools_called', passed: !bad, score: bad ? 0 : 1, explanation: bad ? 'expected issue_refund, got none' : 'issue_refund was called', message: 'Must issue the refund', source: 'scenarios/refund.yaml:22' }),
      sampleAssertion({ level: 'conversation', messageIndex: undefined, type: 'max_length', explanation: '21 of at most 400 characters', params: { max: 400 } }),
      sampleAssertion({ level: 'conversation', messageIndex: undefined, type: 'json_schema', skipped: true, passed: true, explanation: 'the condition was not met', score: undefined }),
    ];
    r.labels = { team: 'retail' };
    if (bad) { r.verdict = 'failed'; r.violations = [{ validator: 'banned_words', direction: 'output', score: 1, message: 'contains "guarantee"' }]; }
    if (err) { r.verdict = 'errored'; r.error = { code: 'rate_limited', message: 'gemini-flash answered 429 for 60 s', hint: 'Lower --concurrency or set rate_limit in providers/gemini.yaml.', status: 429 }; r.messages = r.messages.slice(0, 2); r.assertions = []; r.costUsd = undefined; }
    records.push(r);
  }
  void sampleMessages;
  const summary = sampleSummary(records, { warnings: ['the judge of quality.yaml is the first of two'] });
  const { output } = await report(['json', 'csv', 'junit', 'markdown', 'html'], records, { junit: { includeSystemOut: true } }, summary);
  for (const [path, bytes] of output.files) writeFileSync(`/tmp/h4/${path}`, bytes);
});
