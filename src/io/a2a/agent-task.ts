/** The work of an agent on a question, as its messages tell of it. */
import { ArenaError } from '../../core/errors.js';
import { type Event, stateName, type Task, type TaskMessage, textOf } from './wire.js';

export class AgentTask {
  /** Set when the agent answered with a message of its own. */
  private reply: string | undefined;
  private id: string | undefined;
  private state = 'submitted';
  private statusMessage: TaskMessage | null | undefined;
  private history: Task['history'];
  private readonly artifacts = new Map<string, string>();

  constructor(private readonly origin: string) {}

  /** Id of a task that is not done yet. */
  get pending(): string | undefined {
    const done = this.reply !== undefined || !['submitted', 'working', 'unspecified'].includes(this.state);
    return done ? undefined : this.id;
  }

  /** The agent said something that can be used. */
  get isKnown(): boolean {
    return this.reply !== undefined || this.id !== undefined;
  }

  take(event: Event): void {
    switch (event.kind) {
      case 'message':
        this.reply = textOf(event.message.parts);
        return;
      case 'task':
        this.takeTask(event.task);
        return;
      case 'status':
        this.id = event.update.taskId;
        this.state = stateName(event.update.status.state);
        this.statusMessage = event.update.status.message ?? this.statusMessage;
        return;
      case 'artifact': {
        const { taskId, artifact, append } = event.update;
        this.id = taskId;
        const key = artifact.artifactId ?? '';
        const text = textOf(artifact.parts);
        this.artifacts.set(key, append === true ? (this.artifacts.get(key) ?? '') + text : text);
      }
    }
  }

  private takeTask({ id, status, artifacts, history }: Task): void {
    this.id = id;
    this.state = stateName(status.state);
    this.statusMessage = status.message ?? this.statusMessage;
    this.history = history;
    for (const [index, artifact] of (artifacts ?? []).entries()) {
      this.artifacts.set(artifact.artifactId ?? String(index), textOf(artifact.parts));
    }
  }

  /** The answer of a task that is done. Throws an `ArenaError` when the agent did not come to one. */
  answer(): string {
    if (this.reply !== undefined) return this.reply;
    const said = textOf(this.statusMessage?.parts);
    if (this.state !== 'completed' && this.state !== 'input-required') {
      const why = said === '' ? '' : `: ${said}`;
      const message = `the agent at ${this.origin} ended its work as ${this.state}${why}`;
      throw new ArenaError({ code: this.state === 'auth-required' ? 'unauthorized' : 'provider_rejected', message });
    }
    const made = [...this.artifacts.values()].filter((text) => text !== '').join('\n');
    const last = this.history?.findLast(({ role = '' }) => /agent$/i.test(role));
    return (this.state === 'completed' ? made : '') || said || made || textOf(last?.parts);
  }
}
