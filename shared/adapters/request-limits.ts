/**
 * How long a request to AWS may go unanswered, as options of the SDK's handler: without them it waits for ever, and of
 * `requestTimeout` alone it only warns. The connection has no less than two seconds, since below that the SDK counts
 * the wait for a free one.
 */
export const answeredWithin = (ms: number) => ({
  connectionTimeout: 2_000,
  requestTimeout: ms,
  /** An answer that has begun may stop in the middle. */
  socketTimeout: ms,
  throwOnRequestTimeout: true,
});
