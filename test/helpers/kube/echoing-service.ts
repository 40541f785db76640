/** A model and a registry that repeat the keys they are shown: in answers, and in refusals of several kinds. */
import { answerJson, type HttpService, type SeenRequest, startHttpService } from '../http-service.js';

/** Refuses everything below `/refuse/` and what is said with "Refuse" or "Break"; answers "no" to "Say no". */
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
    const error = { type: 'invalid_request_error', message: echo(request) };
    if (path.endsWith('/messages') || body.includes('Refuse')) answerJson(response, { error }, 401);
    else if (body.includes('Break')) answerJson(response, { error }, 400);
    else {
      const content = body.includes('Say no') ? 'no' : echo(request);
      answerJson(response, { choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] });
    }
  });
}

const echo = ({ headers, path }: SeenRequest) => `you sent ${JSON.stringify(headers)} to ${path}`;
