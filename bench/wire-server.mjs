/**
 * Program: a server with one answer for each wire format, built beforehand, as a document or as a stream of 64 pieces.
 * Costs as little as a server can, so that what is measured is its clients. Prints its address.
 */
import { createServer } from 'node:http';

const PIECES = 64;
const WORDS = Array.from({ length: PIECES }, (_, index) => `word${index} `);
const TEXT = WORDS.join('');
const HEAD = { id: 'answer-1', model: 'mock' };
const ANTHROPIC_USAGE = { input_tokens: 20, output_tokens: 64 };
const GEMINI_USAGE = { promptTokenCount: 20, candidatesTokenCount: 64, totalTokenCount: 84 };

/** @param {object} value @param {string} [name] */
function event(value, name) {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(value)}\n\n`;
}

/** @param {object} delta @param {string | null} reason */
function chunk(delta, reason = null) {
  const choices = [{ index: 0, delta, finish_reason: reason }];
  return event({ ...HEAD, object: 'chat.completion.chunk', created: 1, choices });
}

/** @param {{ type: string } & Record<string, unknown>} value */
const named = (value) => event(value, value.type);

/** @param {string} text @param {object} more */
function candidate(text, more) {
  const content = { role: 'model', parts: [{ text }] };
  return { candidates: [{ index: 0, content, ...more }], modelVersion: 'mock' };
}

const OPENAI = {
  document: {
    ...HEAD,
    object: 'chat.completion',
    created: 1,
    choices: [{ index: 0, message: { role: 'assistant', content: TEXT }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 20, completion_tokens: 64, total_tokens: 84 },
  },
  stream: [
    chunk({ role: 'assistant', content: '' }),
    ...WORDS.map((word) => chunk({ content: word })),
    chunk({}, 'stop'),
    event({ ...HEAD, choices: [], usage: { prompt_tokens: 20, completion_tokens: 64, total_tokens: 84 } }),
    'data: [DONE]\n\n',
  ],
};

const MESSAGE = { ...HEAD, type: 'message', role: 'assistant' };
const ANTHROPIC = {
  document: {
    ...MESSAGE,
    content: [{ type: 'text', text: TEXT }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: ANTHROPIC_USAGE,
  },
  stream: [
    named({ type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null, usage: ANTHROPIC_USAGE } }),
    named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ...WORDS.map((text) => named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    named({ type: 'content_block_stop', index: 0 }),
    named({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 64 },
    }),
    named({ type: 'message_stop' }),
  ],
};

const GEMINI = {
  document: { ...candidate(TEXT, { finishReason: 'STOP' }), usageMetadata: GEMINI_USAGE },
  stream: WORDS.map((word, index) =>
    event(
      index === PIECES - 1
        ? { ...candidate(word, { finishReason: 'STOP' }), usageMetadata: GEMINI_USAGE }
        : candidate(word, {}),
    ),
  ),
};

/** @type {[part: string, format: { document: object, stream: string[] }][]} */
const FORMATS = [
  ['/chat/completions', OPENAI],
  ['/messages', ANTHROPIC],
  [':generateContent', GEMINI],
  [':streamGenerateContent', GEMINI],
];
const ANSWERS = FORMATS.map(([part, { document, stream }]) => ({ part, text: JSON.stringify(document), stream }));

const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  const { url = '' } = request;
  const answer = ANSWERS.find(({ part }) => url.includes(part));
  let body = '';
  request.setEncoding('utf8').on('data', (text) => {
    body += text;
  });
  request.on('end', () => {
    if (answer === undefined) {
      response.writeHead(404).end();
    } else if (url.includes(':streamGenerateContent') || body.includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const piece of answer.stream) response.write(piece);
      response.end();
    } else {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer.text) });
      response.end(answer.text);
    }
  });
});
server.listen(0, '127.0.0.1', 4096, () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}\n`);
});
