// DATA: every route, the function that answers it, what its path, query and body may hold, and the operation behind it.

import type { z } from 'zod';
import { changeSettings } from '../shared/operations/change-settings.ts';
import { health } from '../shared/operations/health.ts';
import { overrideBreaker } from '../shared/operations/override-breaker.ts';
import { queryDocuments } from '../shared/operations/query-documents.ts';
import { queryDrifts } from '../shared/operations/query-drifts.ts';
import { queryByCorrelation, queryEvents, queryFailures } from '../shared/operations/query-events.ts';
import { explainChunk } from '../shared/operations/query-explain.ts';
import * as projects from '../shared/operations/query-projects.ts';
import { queryRepair, queryRepairs } from '../shared/operations/query-repairs.ts';
import { queryScan, queryScans } from '../shared/operations/query-scans.ts';
import { queryStatus } from '../shared/operations/query-status.ts';
import { restoreQuarantine } from '../shared/operations/restore-quarantine.ts';
import type { World } from '../shared/operations/world.ts';
import * as answers from './answers.ts';
import type { Dependencies } from './dependencies.ts';
import type { Answer, HttpFunction, Input, Method, Route } from './routing.ts';
import * as s from './schemas.ts';

type Schemas<P, Q, B> = { path: z.ZodType<P>; query: z.ZodType<Q>; body: z.ZodType<B> };

const route = <P, Q, B>(
  method: Method,
  path: string,
  owner: HttpFunction,
  schema: Schemas<P, Q, B>,
  answer: (deps: Dependencies, input: Input<P, Q, B>) => Promise<Answer>,
): Route => ({ method, path, function: owner, schema, answer: answer as Route['answer'] });

/** A read: its answer is what the query operation says. */
const read = <P, Q>(
  path: string,
  of: z.ZodType<P>,
  query: z.ZodType<Q>,
  ask: (world: World, path: P, query: Q) => Promise<unknown>,
): Route =>
  route('GET', path, 'query', { path: of, query, body: s.nothing }, async ({ world }, input) => ({
    status: 200,
    body: await ask(world, input.path, input.query),
  }));

/** A command on a project: it takes a body, and its answer is what the operation says. */
const command = <P, B>(
  method: Method,
  path: string,
  of: z.ZodType<P>,
  body: z.ZodType<B>,
  status: number,
  act: (world: World, request: P & { correlation_id: string }, body: B) => Promise<unknown>,
): Route =>
  route(method, path, 'operate', { path: of, query: s.nothing, body }, async ({ world }, input) => ({
    status,
    body: await act(world, { ...input.path, correlation_id: input.correlation_id }, input.body),
  }));

const P = '/projects/{project}';
const DOCUMENT = `${P}/documents/{file_path+}`;
const { inProject, inProjectById, document, nothing, page } = s;
const bare = { path: nothing, query: nothing, body: nothing };
const ofDocument = { path: document, query: nothing, body: nothing };

export const ROUTES: Route[] = [
  route('GET', '/health', 'query', bare, async ({ world }) => answers.answerHealth(await health(world))),

  read('/projects', nothing, page, (world, _, query) => projects.queryProjects(world, query)),
  route(
    'PUT',
    P,
    'operate',
    { path: inProject, query: nothing, body: s.registration },
    answers.answerProject,
  ),
  read(`${P}/status`, inProject, nothing, (world, { project }) => queryStatus(world, project)),
  read(`${P}/settings`, inProject, nothing, (world, { project }) => projects.querySettings(world, project)),
  command('PUT', `${P}/settings`, inProject, s.settingsBody, 200, (world, request, changes) =>
    changeSettings(world, { ...request, changes }),
  ),

  read(`${P}/documents`, inProject, s.asOfPage, (world, { project }, { at, ...page }) =>
    queryDocuments(world, project, page, at),
  ),
  route('GET', DOCUMENT, 'query', { ...ofDocument, query: s.asOf }, answers.answerDocument),
  route('PUT', DOCUMENT, 'write-document', { ...ofDocument, body: s.documentBody }, answers.answerWrite),
  route('DELETE', DOCUMENT, 'write-document', ofDocument, answers.answerRemoval),

  read(`${P}/scans`, inProject, page, (world, { project }, query) => queryScans(world, project, query)),
  read(`${P}/scans/{id}`, inProjectById, nothing, (world, { project, id }) => queryScan(world, project, id)),
  route(
    'POST',
    `${P}/scans`,
    'operate',
    { path: inProject, query: nothing, body: s.scanBody },
    answers.answerScan,
  ),
  route(
    'PATCH',
    `${P}/scans/{id}`,
    'operate',
    { path: inProjectById, query: nothing, body: s.steeringBody },
    answers.answerSteering,
  ),

  read(`${P}/drifts`, inProject, s.driftsPage, (world, { project }, { limit, cursor, ...filter }) =>
    queryDrifts(world, project, filter, { limit, ...(cursor ? { cursor } : {}) }),
  ),
  read(`${P}/chunks/{id}`, inProjectById, nothing, (world, { project, id }) =>
    explainChunk(world, project, id),
  ),

  read(`${P}/repairs`, inProject, page, (world, { project }, query) => queryRepairs(world, project, query)),
  read(`${P}/repairs/{id}`, inProjectById, page, (world, { project, id }, query) =>
    queryRepair(world, project, id, query),
  ),
  route(
    'POST',
    `${P}/repairs`,
    'operate',
    { path: inProject, query: nothing, body: s.repairsBody },
    answers.answerRepairs,
  ),

  read(`${P}/quarantine`, inProject, page, (world, { project }, query) =>
    projects.queryQuarantine(world, project, query),
  ),
  command('POST', `${P}/quarantine/{id}/restore`, inProjectById, nothing, 202, (world, { id, ...request }) =>
    restoreQuarantine(world, { ...request, quarantine_id: id }),
  ),

  read('/events', nothing, s.correlationPage, (world, _, { correlation_id, ...page }) =>
    queryByCorrelation(world, correlation_id, page),
  ),
  read(`${P}/events`, inProject, s.eventsPage, (world, { project }, { limit, cursor, ...window }) =>
    queryEvents(world, project, window, { limit, ...(cursor ? { cursor } : {}) }),
  ),
  read(`${P}/failures`, inProject, s.failuresPage, (world, { project }, { since, ...page }) =>
    queryFailures(world, project, since, page),
  ),

  read(`${P}/breakers`, inProject, nothing, (world, { project }) => projects.queryBreakers(world, project)),
  command('PUT', `${P}/breakers`, inProject, s.breakerBody, 200, (world, request, body) =>
    overrideBreaker(world, { ...request, ...body }),
  ),
];
