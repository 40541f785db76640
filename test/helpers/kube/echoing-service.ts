/** A model and a registry that repeat the keys they are shown: in answers, and in refusals of several kinds. */
import { answerJson, type HttpService, type SeenRequest, startHttpService } from '../http-service.js';

/** A tool below `/tool/`, which a model that is told to search calls once. Refuses everything below `/refuse/` and what is said with "Refuse" or "Break"; answers "no" to "Say no". */
export function startEchoingService(): Promise<HttpService> {
  return startHttpService((request, response) => {
    const { path, body, headers } = request;
    if (path.includes('/refuse/')) {
      response.setHeader('www-authenticate', 'Basic realm="closed"');
      // Who has shown nothing is asked for it.
      const status = headers.authorization === undefined ? 401 : 403;
      answerJson(response, { errors: [{ code: 'DENIED', message: echo(request) }] }, status);
      return;
    }
    if (path.startsWith('/tool/')) return answerJson(response, { found: echo(request) });
    const error = { type: 'invalid_request_error', message: echo(request) };
    if (path.endsWith('/messages') || body.includes('Refuse')) answerJson(response, { error }, 401);
    else if (body.includes('Break')) answerJson(response, { error }, 400);
    else if (body.includes('Search') && !body.includes('"tool"')) answerJson(response, CALLS_TOOL);
    else {
      const content = body.includes('Say no') ? 'no' : echo(request);
      answerJson(response, { choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] });
    }
  });
}

const SEARCH = { id: 'call-1', type: 'function', function: { name: 'search', arguments: '{}' } };
const CALLS_TOOL = {
  choices: [
    { index: 0, message: { role: 'assistant', content: null, tool_calls: [SEARCH] }, finish_reason: 'tool_calls' },
  ],
};

/** What was sent, as it is and in the forms that programs write texts in. */
function echo({ headers, path }: SeenRequest): string {
  const sent = JSON.stringify(headers);
  const key = String(headers.authorization ?? headers['x-api-key'] ?? '');
  const bytes = Buffer.from(key);
  const forms = [
    ...['', 'x', 'xx'].map((before) => Buffer.from(`${before}${key}`).toString('base64')),
    Buffer.from(sent).toString('base64url'),
    encodeURIComponent(sent),
    bytes.toString('hex').replace(/../g, '%$&'),
    bytes.toString('hex'),
    JSON.stringify(sent).replaceAll('/', '\\/'),
  ];
  return `you sent ${sent} to ${path}: ${forms.join(' ')}`;
}
