// One Lambda a row of the topology: its code, its role, its log group, its dead letters.

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';
import { codeOf } from './bundle.ts';
import { deadLetters } from './dead-letters.ts';
import { environmentOf, grant, type Resources } from './grants.ts';
import { heapOptions } from './heap.ts';
import type { LockstepProps } from './properties.ts';
import { type FunctionRow, rowNamed, TOPOLOGY } from './topology.ts';

/** A function and where what it could not do is kept. */
export interface Deployed {
  row: FunctionRow;
  function: lambda.Function;
  dead: IQueue;
  logs: LogGroup;
}

export type FunctionsProps = Resources & Omit<LockstepProps, 'embedder'>;

/** A tick that fails is tried again, but not for longer than the next ones take to come. */
const ASYNC = { retryAttempts: 2, maxEventAge: Duration.minutes(5) };

export class Functions extends Construct {
  readonly all: Deployed[];

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    this.all = TOPOLOGY.map((row) => deployed(new Construct(this, row.name), row, props));
  }

  named(name: string): Deployed {
    const wanted = rowNamed(name);
    return this.all.find(({ row }) => row === wanted) as Deployed;
  }
}

const deployed = (scope: Construct, row: FunctionRow, props: FunctionsProps): Deployed => {
  const logs = logGroup(scope, row.name, props);
  const dead = deadLetters(scope, `${props.prefix}-${row.name}-dead`, props);
  const role = roleOf(scope, row, logs, props);
  const reserved = props.reservedConcurrency?.[row.name];
  const of = new lambda.Function(scope, 'Function', {
    functionName: `${props.prefix}-${row.name}`,
    description: row.purpose,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    code: codeOf(row.name),
    handler: 'index.handler',
    timeout: Duration.seconds(row.timeoutSeconds),
    memorySize: row.memoryMb,
    environment: {
      NODE_OPTIONS: ['--enable-source-maps', ...heapOptions(row.memoryMb)].join(' '),
      LOCKSTEP_STAGE: props.stage,
      ...(props.settings ? { LOCKSTEP_SETTINGS: JSON.stringify(props.settings) } : {}),
      ...environmentOf(row, props),
    },
    role,
    logGroup: logs,
    onFailure: new SqsDestination(dead),
    ...ASYNC,
    ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
    ...networkOf(props),
    ...(props.encryptionKey ? { environmentEncryption: props.encryptionKey } : {}),
  });
  acknowledge(of, 'Serverless-LambdaDLQ');
  acknowledge(of, 'Serverless-LambdaTracing');
  return { row, function: of, dead, logs };
};

export const logGroup = (scope: Construct, name: string, props: FunctionsProps): LogGroup =>
  new LogGroup(scope, 'Logs', {
    logGroupName: `/${props.prefix}/${name}`,
    retention: (props.logRetentionDays ?? 90) as RetentionDays,
    removalPolicy:
      props.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    ...(props.encryptionKey ? { encryptionKey: props.encryptionKey } : {}),
  });

const roleOf = (scope: Construct, row: FunctionRow, logs: LogGroup, props: FunctionsProps): Role => {
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `What ${props.prefix}-${row.name} may do`,
  });
  logs.grantWrite(role);
  grant(role, row, props);
  if (props.vpc) {
    role.addToPolicy(INTERFACES);
    acknowledge(role, 'AwsSolutions-IAM5:interfaces', 'Resource::*');
  }
  return role;
};

/** EC2 names no resource in these; Lambda makes and removes the interfaces, before and after our code runs. */
const INTERFACES = new PolicyStatement({
  effect: Effect.ALLOW,
  actions: ['Create', 'Describe', 'Delete']
    .map((verb) => `ec2:${verb}NetworkInterface${verb === 'Describe' ? 's' : ''}`)
    .concat('ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'),
  resources: ['*'],
});

const networkOf = ({ vpc, subnets, securityGroups }: FunctionsProps) => ({
  ...(vpc ? { vpc } : {}),
  ...(subnets ? { vpcSubnets: subnets } : {}),
  ...(securityGroups ? { securityGroups } : {}),
});
