import { z } from 'zod';

/** Branded ids: a SessionId is never taken for a CommandId. All are lower-case UUID text. */
export type MspId = string & { readonly __brand: 'MspId' };
export type UserId = string & { readonly __brand: 'UserId' };
export type ClientId = string & { readonly __brand: 'ClientId' };
export type EndpointId = string & { readonly __brand: 'EndpointId' };
export type RuntimeId = string & { readonly __brand: 'RuntimeId' };
export type SessionId = string & { readonly __brand: 'SessionId' };
export type CommandId = string & { readonly __brand: 'CommandId' };
export type ApprovalId = string & { readonly __brand: 'ApprovalId' };
export type TextId = string & { readonly __brand: 'TextId' };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text from outside is a UUID as we write them: what is none finds nothing, and never reaches a cast in SQL. */
export const isUuid = (text: string): boolean => UUID.test(text);

const uuid = z.string().regex(UUID, 'must be a UUID');
const branded = <T extends string>() => uuid as unknown as z.ZodType<T, string>;

export const zMspId = branded<MspId>();
export const zUserId = branded<UserId>();
export const zClientId = branded<ClientId>();
export const zEndpointId = branded<EndpointId>();
export const zRuntimeId = branded<RuntimeId>();
export const zSessionId = branded<SessionId>();
export const zCommandId = branded<CommandId>();
export const zApprovalId = branded<ApprovalId>();
export const zTextId = branded<TextId>();

/** The Temporal workflow id of a session. */
export const workflowIdOf = (sessionId: SessionId): string => `session-${sessionId}`;
