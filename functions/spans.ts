// Spans over OpenTelemetry's API. The SDK that records them comes with a layer; without one they do nothing.

import { type Attributes, context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { LockstepError } from '../shared/errors.ts';
import type { Scans } from '../shared/ports.ts';

/** Whose work a span tells of. It holds nothing else but counts and outcomes: no text, no path, no message of an error. */
export interface Traced {
  project: string;
  correlation_id: string;
}
export type Counts = Record<string, number | string>;

const tracer = () => trace.getTracer('lockstep');

const attributesOf = (of: object): Attributes =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [`lockstep.${name}`, value]));

/** Does something within a span, which then says what came of it. */
export const spanned = <T>(
  name: string,
  { project, correlation_id }: Traced,
  act: (span: Span) => Promise<T>,
  countsOf: (result: T) => Counts,
): Promise<T> => {
  const attributes = attributesOf({ project, correlation_id });
  return tracer().startActiveSpan(name, { attributes }, async (span) => {
    try {
      const result = await act(span);
      span.setAttributes(attributesOf(countsOf(result)));
      return result;
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', kindOf(error));
      throw error;
    } finally {
      span.end();
    }
  });
};

const kindOf = (error: unknown): string => {
  if (error instanceof LockstepError) return error.code;
  return error instanceof Error ? error.name : typeof error;
};

/**
 * The scans of one worker, with a span a page: from the lease, or the checkpoint before, to the checkpoint that ends
 * it. A page that comes to no end has no span; the worker's own says why.
 */
export const withPageSpans = (scans: Scans, traced: Traced, parent: Span): Scans => {
  const { project, correlation_id } = traced;
  const begin = () =>
    tracer().startSpan(
      'scan page',
      { attributes: attributesOf({ project, correlation_id }) },
      trace.setSpan(context.active(), parent),
    );
  let page: Span | undefined;
  return {
    ...scans,
    async lease(...of) {
      const lease = await scans.lease(...of);
      page = begin();
      return lease;
    },
    async checkpoint(lease, progress, until, found) {
      const saved = await scans.checkpoint(lease, progress, until, found);
      const before = lease.shard.progress;
      const counts = {
        phase: before.status,
        compared: progress.sums.compared - before.sums.compared,
        candidates: found?.candidates.length ?? 0,
      };
      if (progress.pages > before.pages) page?.setAttributes(attributesOf(counts)).end();
      page = begin();
      return saved;
    },
  };
};
