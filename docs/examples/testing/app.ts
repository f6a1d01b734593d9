/** A small app on Lifeline: it says what it is told, and shows the answers, or that it is waiting for a connection. */
import { connect, type ConnectOptions, type LiveSession } from 'gemini-lifeline';

/** What differs between the app and its tests. */
export type AppOptions = Pick<ConnectOptions, 'transport' | 'clock' | 'unansweredAfterMs'>;

export class Assistant {
  /** What stands on the screen. */
  screen = 'Connecting …';
  answers = '';
  readonly session: LiveSession;

  private constructor(session: LiveSession) {
    this.session = session;
    this.screen = 'Say something.';
    session.status.subscribe(({ socket, lifecycle }) => {
      if (lifecycle === 'failed' || lifecycle === 'closed') this.screen = 'Over.';
      else this.screen = socket === 'up' ? 'Say something.' : 'One moment …';
    });
    session.messages$.subscribe(({ text }) => void (this.answers += text ?? ''));
  }

  static async start(options: AppOptions): Promise<Assistant> {
    const model = 'gemini-live-2.5-flash-preview';
    return new Assistant(await connect({ model, config: { responseModalities: ['TEXT'] }, ...options }));
  }

  ask(question: string): void {
    this.session.sendClientContent({ turns: question });
  }
}
