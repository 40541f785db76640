/** Which address speaks which format, as the vendors have laid them out. */
import { awsChunks, awsEvents } from './aws-framing.js';
import { anthropicMessages } from './formats/anthropic-messages.js';
import { chatCompletions } from './formats/chat-completions.js';
import { converse } from './formats/converse.js';
import { embeddings } from './formats/embeddings.js';
import { gemini as geminiFormat } from './formats/gemini.js';
import { ollama as ollamaFormat } from './formats/ollama.js';
import { responses } from './formats/responses.js';
import { jsonArray, jsonLines, serverSentEvents as sse } from './framing.js';
import { anthropic } from './platforms/anthropic.js';
import { aws, awsAnthropic } from './platforms/aws.js';
import { gemini, vertex, vertexAnthropic } from './platforms/google.js';
import { ollama } from './platforms/ollama.js';
import { azure, azureByDate, openAi } from './platforms/openai.js';
import type { Platform, Route } from './wire.js';

/** The route of nearly all requests, known to the server by name. */
export const CHAT_COMPLETIONS = routeOf('openai-chat', chatCompletions, openAi);

const RESPONSES = routeOf('openai-responses', responses, openAi);
const EMBEDDINGS = routeOf('openai-embeddings', embeddings, openAi);
const MESSAGES = routeOf('anthropic-messages', anthropicMessages, anthropic);
const OLLAMA: Route = { name: 'ollama', format: ollamaFormat, platform: ollama, framing: jsonLines };

const FIXED: ReadonlyMap<string, Route> = new Map([
  ['/v1/chat/completions', CHAT_COMPLETIONS],
  ['/chat/completions', CHAT_COMPLETIONS],
  ['/v1/responses', RESPONSES],
  ['/responses', RESPONSES],
  ['/v1/embeddings', EMBEDDINGS],
  ['/embeddings', EMBEDDINGS],
  ['/v1/messages', MESSAGES],
  ['/messages', MESSAGES],
  ['/api/chat', OLLAMA],
  ['/openai/v1/chat/completions', routeOf('azure-chat', chatCompletions, azure)],
  ['/openai/v1/responses', routeOf('azure-responses', responses, azure)],
  ['/openai/v1/embeddings', routeOf('azure-embeddings', embeddings, azure)],
  ['/openai/responses', routeOf('azure-responses', responses, azureByDate)],
]);

type Placed = (parts: string[], query: URLSearchParams) => Route | undefined;

/** Addresses that hold names of models. The names come percent-encoded, and may hold `:`, `@` and `/`. */
const PLACED: readonly [RegExp, Placed][] = [
  [/^\/openai\/deployments\/([^/]+)\/(chat\/completions|embeddings)$/, azureDeployment],
  [
    /^\/v1(?:beta|alpha)?\/(?:models|tunedModels)\/([^/]+):(\w+)$/,
    (parts, query) => google('gemini', gemini, parts, query),
  ],
  [
    /^\/v1(?:beta1)?\/(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/google\/models\/([^/]+):(\w+)$/,
    (parts, query) => google('vertex-gemini', vertex, parts, query),
  ],
  [/^\/v1(?:beta1)?\/projects\/[^/]+\/locations\/[^/]+\/publishers\/anthropic\/models\/([^/]+):(\w+)$/, vertexClaude],
  [/^\/model\/([^/]+)\/([\w-]+)$/, bedrock],
];

/** The route of a POST. Undefined when nothing is served there; throws a `URIError` when the name is no text. */
export function findRoute(path: string, query: URLSearchParams): Route | undefined {
  const fixed = FIXED.get(path);
  if (fixed !== undefined) return fixed;
  for (const [pattern, placed] of PLACED) {
    const parts = pattern.exec(path)?.slice(1);
    if (parts !== undefined) return placed(parts.map(decodeURIComponent), query);
  }
  return undefined;
}

function routeOf(name: string, format: Route['format'], platform: Platform): Route {
  return { name, format, platform, framing: sse };
}

function azureDeployment([model, what]: string[]): Route {
  const place = { platform: azureByDate, framing: sse, model };
  return what === 'embeddings'
    ? { ...place, name: 'azure-embeddings', format: embeddings }
    : { ...place, name: 'azure-chat', format: chatCompletions };
}

function google(name: string, platform: Platform, [model, verb]: string[], query: URLSearchParams): Route | undefined {
  const place = { name, platform, format: geminiFormat, model };
  if (verb === 'generateContent') return { ...place, framing: jsonArray, stream: false };
  if (verb !== 'streamGenerateContent') return undefined;
  return { ...place, framing: query.get('alt') === 'sse' ? sse : jsonArray, stream: true };
}

function vertexClaude([model, verb]: string[]): Route | undefined {
  if (verb !== 'rawPredict' && verb !== 'streamRawPredict') return undefined;
  const place = { name: 'vertex-anthropic', format: anthropicMessages, platform: vertexAnthropic, framing: sse, model };
  // The verb decides about the answer's form only together with the body, which says `stream` as well.
  return verb === 'rawPredict' ? { ...place, stream: false } : place;
}

function bedrock([model, verb]: string[]): Route | undefined {
  switch (verb) {
    case 'invoke':
    case 'invoke-with-response-stream': {
      const place = { name: 'bedrock-invoke', format: anthropicMessages, platform: awsAnthropic, framing: awsChunks };
      return { ...place, model, stream: verb !== 'invoke' };
    }
    case 'converse':
    case 'converse-stream': {
      const place = { name: 'bedrock-converse', format: converse, platform: aws, framing: awsEvents };
      return { ...place, model, stream: verb !== 'converse' };
    }
    default:
      return undefined;
  }
}
