import { CHUNKS_OF_A_WRITE, type WriteCost } from './measure-writes.ts';
import { NO_TARGET, type Row, target } from './report.ts';

export const writeRow = (cost: WriteCost): Row => {
  const { writers, isEmbeddingSlow, documents, withEvents, without, overheadPercent } = cost;
  const chunks = (withEvents * CHUNKS_OF_A_WRITE).toFixed(0);
  return [
    `Events on a write: ${writers} writer${writers > 1 ? 's' : ''}, embedding ${isEmbeddingSlow ? '100 ms a call' : 'by hashing'}`,
    `${overheadPercent >= 0 ? '+' : ''}${overheadPercent.toFixed(1)} % time`,
    writers > 1 && isEmbeddingSlow ? target('< 5 %', overheadPercent < 5) : NO_TARGET,
    `${withEvents.toFixed(1)} documents/s (${chunks} chunks/s) with, ${without.toFixed(1)} without; ${documents} documents each`,
  ];
};
