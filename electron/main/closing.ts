/** What happens when the window is to close while something runs. */

export type ClosingChoice = 'stop' | 'keep' | 'cancel';

export interface ClosingQuestion {
  readonly message: string;
  readonly detail: string;
  readonly buttons: readonly string[];
  readonly defaultId: number;
  readonly cancelId: number;
}

const choices: readonly ClosingChoice[] = ['stop', 'keep', 'cancel'];

/** The question in words, for a system dialog. */
export function closingQuestion(running: readonly string[]): ClosingQuestion {
  const [first = ''] = running;
  return {
    message: running.length === 1 ? 'A job is still running.' : `${running.length} jobs are still running or waiting.`,
    detail: `${first}\n\nStopped now, it goes on from its last checkpoint when you open the project again and choose Resume. Nothing that was saved is lost. Or close the window only, and let it finish: the app then ends by itself.`,
    buttons: ['Stop and resume later', 'Keep running without a window', 'Cancel'],
    defaultId: 0,
    cancelId: 2,
  };
}

/** What the button that was pressed means. */
export function closingChoice(button: number): ClosingChoice {
  return choices[button] ?? 'cancel';
}
