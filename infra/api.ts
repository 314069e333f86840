// The HTTP API: every route signed with SigV4, logged, and limited.

import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  type HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { type Functions, type FunctionsProps, logGroup } from './functions.ts';
import { FALLBACK, ROUTES, THROTTLE } from './routes.ts';

/** Neither the query nor the caller's address: a path is needed to tell who was served how slowly. */
const LOGGED = {
  request_id: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  latency_ms: '$context.responseLatency',
  integration_error: '$context.integrationErrorMessage',
  response_bytes: '$context.responseLength',
  caller: '$context.identity.userArn',
};

export class Api extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: FunctionsProps & { functions: Functions }) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: props.prefix,
      description: 'Lockstep: documents, scans, drifts, repairs, events. Requests are signed with SigV4.',
      createDefaultStage: false,
    });
    const logs = logGroup(this, 'api', props);
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: THROTTLE,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logs),
        format: AccessLogFormat.custom(JSON.stringify(LOGGED)),
      },
    });
    this.route(props.functions);
  }

  private route(functions: Functions) {
    const authorizer = new HttpIamAuthorizer();
    for (const [name, routes] of Object.entries(ROUTES)) {
      const integration = new HttpLambdaIntegration(name, functions.named(name).function, {
        scopePermissionToRoute: false,
      });
      const keys = routes.map(routeKey).concat(name === FALLBACK ? [HttpRouteKey.DEFAULT] : []);
      for (const key of keys)
        new HttpRoute(this, key.key, { httpApi: this.api, routeKey: key, integration, authorizer });
    }
  }
}

const routeKey = (route: string): HttpRouteKey => {
  const [method = '', path = ''] = route.split(' ');
  return HttpRouteKey.with(path, method as HttpMethod);
};
