/** Why the process should end: a signal, or a reader that has gone away. */
export interface Interruption {
  name: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';
  exitCode: number;
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
const GONE: Interruption = { name: 'SIGPIPE', exitCode: 128 + 13 };

/** npm hands on the Ctrl-C that the terminal has sent already: a second one counts only after a while. */
const SAME_WITHIN_MS = 500;

/**
 * Resolves at the first signal, so that what is under way can be ended in order; the next one ends the process at
 * once. `whenUnread`: whether it also ends when nobody reads its standard output any more, as in `| head`.
 */
export const interrupted = ({ whenUnread }: { whenUnread: boolean }): Promise<Interruption> =>
  new Promise((resolve) => {
    let firstAt: number | undefined;
    for (const [name, number] of Object.entries(SIGNALS))
      process.on(name, () => {
        if (firstAt !== undefined && Date.now() - firstAt > SAME_WITHIN_MS) process.exit(128 + number);
        firstAt ??= Date.now();
        resolve({ name: name as Interruption['name'], exitCode: 128 + number });
      });
    process.stderr.on('error', () => {});
    process.stdout.on('error', () => {
      if (whenUnread) resolve(GONE);
    });
  });
