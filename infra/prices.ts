// DATA: list prices of AWS in us-east-1, in US dollars, as of 2026-11-23. Free tiers and discounts are left out.

export const PRICED_ON = '2026-11-23';
export const REGION = 'us-east-1';

export interface Price {
  /** What one reads on the bill. */
  meter: string;
  dollars: number;
  /** For so many units. */
  per: number;
  source: string;
}

const MILLION = 1e6;
const DYNAMODB = 'https://aws.amazon.com/dynamodb/pricing/on-demand/';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/ (arm64, first tier)';
const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';

export const PRICES = {
  write_units: { meter: 'DynamoDB writes', dollars: 0.625, per: MILLION, source: DYNAMODB },
  read_units: { meter: 'DynamoDB reads', dollars: 0.125, per: MILLION, source: DYNAMODB },
  table_gb: { meter: 'DynamoDB storage, GB-months', dollars: 0.25, per: 1, source: DYNAMODB },
  backup_gb: { meter: 'Point-in-time recovery, GB-months', dollars: 0.2, per: 1, source: DYNAMODB },
  lambda_gb_seconds: { meter: 'Lambda, GB-seconds', dollars: 0.0000133334, per: 1, source: LAMBDA },
  lambda_requests: { meter: 'Lambda requests', dollars: 0.2, per: MILLION, source: LAMBDA },
  bus_events: {
    meter: 'EventBridge events',
    dollars: 1,
    per: MILLION,
    source: 'https://aws.amazon.com/eventbridge/pricing/',
  },
  queue_requests: {
    meter: 'SQS requests',
    dollars: 0.4,
    per: MILLION,
    source: 'https://aws.amazon.com/sqs/pricing/',
  },
  api_requests: {
    meter: 'HTTP API requests',
    dollars: 1,
    per: MILLION,
    source: 'https://aws.amazon.com/api-gateway/pricing/',
  },
  log_gb: { meter: 'CloudWatch Logs, GB', dollars: 0.5, per: 1, source: CLOUDWATCH },
  metrics: { meter: 'CloudWatch metrics', dollars: 0.3, per: 1, source: CLOUDWATCH },
  alarms: { meter: 'CloudWatch alarms', dollars: 0.1, per: 1, source: CLOUDWATCH },
  composite_alarms: { meter: 'CloudWatch composite alarms', dollars: 0.5, per: 1, source: CLOUDWATCH },
  dashboards: { meter: 'CloudWatch dashboards', dollars: 3, per: 1, source: CLOUDWATCH },
  secrets: {
    meter: 'Secrets',
    dollars: 0.4,
    per: 1,
    source: 'https://aws.amazon.com/secrets-manager/pricing/',
  },
} as const satisfies Record<string, Price>;
