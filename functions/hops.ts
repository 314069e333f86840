import { type Bus, type Envelope, MOST_HOPS } from '../shared/ports.ts';
import type { Dependencies } from './dependencies.ts';

/** A chain of messages that goes on for ever ends here; the tick rings again, with a first hop, for what is to be done. */
export const isTooFar = ({ hop }: Pick<Envelope, 'hop'>): boolean => hop > MOST_HOPS;

/** A bus whose messages count as caused by `cause`: one hop further, and none further than `MOST_HOPS`. */
export const chained = (
  bus: Bus,
  cause: Pick<Envelope, 'id' | 'hop'>,
  onTooFar: (dropped: Envelope[]) => void,
): Bus => ({
  async publish(envelopes) {
    const further = envelopes.map((one) => ({ ...one, hop: cause.hop + one.hop, causation_id: cause.id }));
    const { near = [], far = [] } = Object.groupBy(further, (one) => (isTooFar(one) ? 'far' : 'near'));
    if (far.length > 0) onTooFar(far);
    if (near.length > 0) await bus.publish(near);
  },
});

/** Says and counts what was not sent, or not done, because it had come too far: an alarm watches the count. */
export const tellDropped =
  ({ telemetry }: Pick<Dependencies, 'telemetry'>, operation: string) =>
  (dropped: Envelope[]): void => {
    for (const { hop, message } of dropped) {
      const { type, project, correlation_id } = message;
      telemetry
        .journal(operation, correlation_id)
        .info('message dropped', { type, project, hop, reason: 'hop budget' });
      const dimensions = { operation, status: 'hop_budget' };
      telemetry.measure('messages_dropped', 1, dimensions, correlation_id);
    }
  };
