/* What the bundle holds. Named one by one: a workflow type is a promise to every open session. */
export { troubleshootingSession } from './session.workflow.ts';
