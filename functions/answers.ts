// Answers whose status, headers or inputs are more than an operation's own: the rest of the routes are one call each.

import type { z } from 'zod';
import { ConflictError } from '../shared/errors.ts';
import { dryRun } from '../shared/operations/plan-repairs.ts';
import { planScan } from '../shared/operations/plan-scan.ts';
import { putDocument, removeDocument } from '../shared/operations/put-document.ts';
import { putProject } from '../shared/operations/put-project.ts';
import { queryDocument } from '../shared/operations/query-documents.ts';
import { queryScan } from '../shared/operations/query-scans.ts';
import { decideRepairs, requestRepairs } from '../shared/operations/request-repairs.ts';
import { steerScan } from '../shared/operations/steer-scan.ts';
import type { WriteResult } from '../shared/operations/write-request.ts';
import type { Dependencies } from './dependencies.ts';
import { targetsOf } from './document-targets.ts';
import type { Answer, Input } from './routing.ts';
import type * as s from './schemas.ts';
import { spanned } from './spans.ts';

type In<Path extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType = typeof s.nothing> = Input<
  z.output<Path>,
  z.output<Query>,
  z.output<Body>
>;
type InProject<Body extends z.ZodType> = In<typeof s.inProject, typeof s.nothing, Body>;
type OfDocument<Query extends z.ZodType, Body extends z.ZodType = typeof s.nothing> = In<
  typeof s.document,
  Query,
  Body
>;

export const answerHealth = (health: { ok: boolean }): Answer => ({
  status: health.ok ? 200 : 503,
  body: health,
});

export const answerProject = async (
  { world }: Dependencies,
  { path, body, correlation_id }: InProject<typeof s.registration>,
): Promise<Answer> => {
  const { created, answer } = await putProject(world, { ...path, ...body, correlation_id });
  return { status: created ? 201 : 200, body: answer };
};

export const answerDocument = async (
  { world }: Dependencies,
  { path, query }: OfDocument<typeof s.asOf>,
): Promise<Answer> => {
  const body = await queryDocument(world, path.project, path.file_path, query.at);
  return { status: 200, body, headers: etag(body.version) };
};

export const answerWrite = async (
  { world, splitText }: Dependencies,
  { path, body, correlation_id, precondition }: OfDocument<typeof s.nothing, typeof s.documentBody>,
): Promise<Answer> => {
  const targets = targetsOf(path.project, path.file_path, body, splitText);
  const when = precondition ? { precondition } : {};
  const request = { ...path, correlation_id, targets, ...when };
  const result = await spanned('write document', request, () => putDocument(world, request), changesOf);
  return written(result, result.created ? 201 : 200);
};

/** How many chunks were created, updated, left and removed. */
const changesOf = ({ chunks }: WriteResult) => {
  const byChange = Object.entries(Object.groupBy(chunks, ({ change }) => change));
  return {
    chunks: chunks.length,
    ...Object.fromEntries(byChange.map(([change, of]) => [change, of.length])),
  };
};

export const answerRemoval = async (
  { world }: Dependencies,
  { path, correlation_id, precondition }: OfDocument<typeof s.nothing>,
): Promise<Answer> => {
  const request = { ...path, correlation_id, ...(precondition ? { precondition } : {}) };
  const removed = await spanned('remove document', request, () => removeDocument(world, request), changesOf);
  return written(removed, 200);
};

const written = ({ correlation_id, version, chunks }: WriteResult, status: number): Answer => ({
  status,
  body: { correlation_id, version, chunks },
  headers: etag(version),
});

const etag = (version: number) => ({ etag: `"${version}"` });

export const answerScan = async (
  { world }: Dependencies,
  { path, body, correlation_id }: InProject<typeof s.scanBody>,
): Promise<Answer> => {
  const { outcome, scan } = await planScan(world, { ...path, ...body, correlation_id });
  const { scan_id } = scan;
  if (outcome === 'running')
    throw new ConflictError(`scan ${scan_id} of this depth is ${scan.status}`, 'scan_running', {
      scan_id,
      field: 'depth',
    });
  return { status: 202, body: { scan_id, correlation_id } };
};

export const answerSteering = async (
  { world }: Dependencies,
  { path, body, correlation_id }: In<typeof s.inProjectById, typeof s.nothing, typeof s.steeringBody>,
): Promise<Answer> => {
  const { project, id: scan_id } = path;
  await steerScan(world, { project, scan_id, correlation_id, ...body });
  return { status: 200, body: await queryScan(world, project, scan_id) };
};

export const answerRepairs = async (
  { world }: Dependencies,
  { path, body, correlation_id }: InProject<typeof s.repairsBody>,
): Promise<Answer> => {
  if ('decision' in body)
    return { status: 202, body: await decideRepairs(world, { ...path, ...body, correlation_id }) };
  const { dry_run, ...named } = body;
  if (dry_run) return { status: 200, body: await dryRun(world, { ...path, ...named }) };
  return { status: 202, body: await requestRepairs(world, { ...path, ...named, correlation_id }) };
};
