/** Tools that call a service over HTTP. */
import { ArenaError } from '../../core/errors.js';
import type { ToolArguments, ToolOutput, ToolRunner, ToolRunOptions } from '../../core/tool.js';
import type { ToolAccess } from '../../core/tool-access.js';
import type { HttpToolSpec } from '../../schema/http-tool.js';
import { bundleEnvironment } from '../bundle-environment.js';
import { AnswerMapping } from './http-answer.js';
import { RequestMapping } from './http-request-mapping.js';
import { MAX_RESULT_BYTES } from './limits.js';
import { SealedSecrets } from './sealed-secrets.js';
import { ServiceCaller } from './service-caller.js';
import type { ToolSettings } from './tool-settings.js';

export class HttpTool implements ToolRunner {
  readonly local = false;
  private readonly secrets: SealedSecrets;
  private readonly mapping: RequestMapping;
  private readonly answers: AnswerMapping;
  private readonly caller: ServiceCaller;

  /** Throws `invalid_input` when the request cannot be made of any arguments. */
  constructor(
    tool: string,
    spec: HttpToolSpec,
    private readonly timeoutMs: number,
    settings: ToolSettings,
    access: ToolAccess = {},
  ) {
    this.secrets = new SealedSecrets(bundleEnvironment(settings.env, settings.bundleEnv));
    this.caller = new ServiceCaller(access, settings, this.secrets);
    this.mapping = new RequestMapping(tool, spec, this.secrets);
    this.answers = new AnswerMapping(spec);
  }

  async run(args: ToolArguments, { signal, idempotencyKey }: ToolRunOptions): Promise<ToolOutput> {
    const clean = (text: string): string => this.secrets.scrub(text);
    try {
      const request = this.mapping.request(args, idempotencyKey);
      const call = { ...request, timeoutMs: this.timeoutMs, maxBytes: MAX_RESULT_BYTES };
      return this.answers.output(await this.caller.call(call, signal), clean);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const message = clean(error instanceof Error ? error.message : String(error));
      throw new ArenaError({ code: 'tool_failed', message });
    }
  }
}
