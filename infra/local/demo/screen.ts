import { Listr, type ListrTaskWrapper } from 'listr2';
import { INDENT } from './columns.ts';
import type { Audience } from './demo.ts';

/**
 * What a person sees: each step as a task with its progress beside it, and the tables below the step that they
 * belong to. In a pipe, each step is one line when it ends.
 */
export interface Screen extends Audience {
  /** Ends the last step. */
  end(isGood?: boolean): Promise<void>;
}

export const silence: Screen = { step: () => {}, progress: () => {}, lines: () => {}, end: async () => {} };

type Task = ListrTaskWrapper<object, never, never>;

export const screen = (out: NodeJS.WriteStream): Screen => (out.isTTY ? terminal() : pipe(out));

/** Signals are the demonstration's to handle: it has something to take away before it ends. */
const OPTIONS = {
  registerSignalListeners: false,
  rendererOptions: { collapseErrors: false, showErrorMessage: false },
};

/** One list of tasks a step, so that what is printed between two steps stays where it was printed. */
const terminal = (): Screen => {
  let finish: ((isGood: boolean) => void) | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let task: Task | undefined;
  const end = async (isGood = true) => {
    if (finish && task?.output) task.title = `${task.title}: ${task.output}`;
    finish?.(isGood);
    finish = undefined;
    await running.catch(() => undefined);
  };
  let chain = Promise.resolve();
  const inOrder = (act: () => Promise<void> | void) => {
    chain = chain.then(act);
    return chain;
  };
  return {
    step(title) {
      void inOrder(async () => {
        await end();
        const done = new Promise<void>((resolve, reject) => {
          finish = (isGood) => (isGood ? resolve() : reject(new Error('failed')));
        });
        const run = (_: object, wrapper: unknown) => {
          task = wrapper as Task;
          task.title = title;
          return done;
        };
        running = new Listr([{ title, task: run }], OPTIONS).run();
      });
    },
    progress(text) {
      if (task) task.output = text;
    },
    lines(text) {
      void inOrder(async () => {
        await end();
        process.stdout.write(indented(text));
      });
    },
    end: (isGood) => inOrder(() => end(isGood)),
  };
};

const indented = (lines: string[]) =>
  lines
    .map((line) => `${' '.repeat(INDENT)}${line}`.trimEnd())
    .concat('')
    .join('\n');

const pipe = (out: NodeJS.WriteStream): Screen => {
  let last = '';
  const tell = () => {
    if (last) out.write(`    ${last}\n`);
    last = '';
  };
  return {
    step(title) {
      tell();
      out.write(`${title}\n`);
    },
    progress(text) {
      last = text;
    },
    lines(text) {
      tell();
      out.write(indented(text));
    },
    async end() {
      tell();
    },
  };
};
