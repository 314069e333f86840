import { LockstepError } from '../../shared/errors.ts';

/** Why `npm start` did not begin: nothing was written, and the message says what to do. Exit code 2. */
export class StartRefused extends LockstepError {
  constructor(message: string, options?: ErrorOptions) {
    super('start_refused', message, options);
  }
}
