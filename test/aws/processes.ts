// The processes in which MiniStack runs functions. Only those that this run started are ever touched: each has the
// address of this run's MiniStack in its environment.

import { readdir, readFile } from 'node:fs/promises';

export const processesOf = async (functionName: string): Promise<number[]> => {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(ids.map(async (id) => ((await runs(id, functionName)) ? [id] : [])));
  return found.flat();
};

const runs = async (id: number, functionName: string): Promise<boolean> => {
  const variables = await readFile(`/proc/${id}/environ`, 'utf8').then(
    (text) => new Set(text.split('\0')),
    () => new Set<string>(),
  );
  return (
    variables.has(`AWS_LAMBDA_FUNCTION_NAME=${functionName}`) &&
    variables.has(`GATEWAY_PORT=${new URL(process.env.AWS_ENDPOINT_URL ?? '').port}`)
  );
};
