/** MCP over the standard streams of a program that cannot outlive this process. */
import { type JSONRPCMessage, ReadBuffer, serializeMessage, type Transport } from '@modelcontextprotocol/client';
import { GuardedProcess, type ProgramCall } from '../../guarded-process.js';
import { MAX_MESSAGE_BYTES } from './limits.js';

/** Time to end by itself, in milliseconds. */
const PATIENCE_MS = 1000;

/** So much of what the program last complained of is kept. */
const MAX_COMPLAINT_CHARACTERS = 2000;

export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** Why the program is gone, unless it was stopped. */
  end: string | undefined;
  private stopping = false;
  private complaint = '';
  private process: GuardedProcess | undefined;
  private readonly buffer = new ReadBuffer({ maxBufferSize: MAX_MESSAGE_BYTES });

  constructor(private readonly program: ProgramCall) {}

  /** The end of what the program wrote to stderr. */
  get lastWords(): string {
    return this.complaint.trim();
  }

  async start(): Promise<void> {
    const process = new GuardedProcess(this.program);
    this.process = process;
    process.stdout.on('data', (chunk: Buffer) => this.take(chunk));
    process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.complaint = (this.complaint + text).slice(-MAX_COMPLAINT_CHARACTERS);
    });
    void process.ended.then((code) => {
      // It may have been on its way out before.
      if (!this.stopping || code) this.end ??= process.reasonOf(code);
      this.onclose?.();
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const { process } = this;
    if (process === undefined || this.stopping || this.end !== undefined) {
      throw new Error(this.end ?? 'the server does not run');
    }
    await new Promise<void>((resolve, reject) => {
      process.stdin.write(serializeMessage(message), (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    this.stopping = true;
    await this.process?.end(PATIENCE_MS);
  }

  private take(chunk: Buffer): void {
    if (this.stopping || this.end !== undefined) return;
    try {
      this.buffer.append(chunk);
      for (let message = this.buffer.readMessage(); message !== null; message = this.buffer.readMessage()) {
        this.onmessage?.(message);
      }
    } catch (error) {
      // Too long, or no JSON-RPC: nothing that follows can be made sense of.
      const reason = error instanceof Error ? error.message : String(error);
      this.end = `it sent what is no message of MCP, or one that is too long (${reason.slice(0, 200)})`;
      this.onerror?.(new Error(this.end));
      this.process?.kill();
    }
  }
}
