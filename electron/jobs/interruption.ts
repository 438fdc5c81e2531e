/**
 * The reason to abort a job with when the program is asked to end (Ctrl+C, the window closes): the job is then `interrupted` and offers to go
 * on, where any other reason makes it `cancelled`.
 */
export class Interruption extends Error {
  constructor(message = 'The program was asked to end.') {
    super(message);
    this.name = 'Interruption';
  }
}
