import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { readConfiguration } from './configuration.ts';
import { LockstepStack } from './stack.ts';

const app = new App();
const path = app.node.tryGetContext('configuration') ?? `${import.meta.dirname}/lockstep.json`;
const configuration = readConfiguration(path);
new LockstepStack(app, `lockstep-${configuration.stage}`, { configuration });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
