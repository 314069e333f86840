// A worker of Vitest ends with Vitest, whatever it waits for.

process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
