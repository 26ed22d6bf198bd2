import type { AnyVariables, TypedDocumentNode } from '@urql/core';
import { useClientHandle } from '@urql/vue';
import { ref } from 'vue';
import { type Failure, failure, failureOf } from './failure.ts';

type Refusal = { __typename: 'UserError'; code: string; message: string; sessionNumber?: number | null };
type ResultOf<D> = D[Exclude<keyof D, '__typename'>];
type Success<D> = Exclude<ResultOf<D>, Refusal>;
export type ActionResult<D> = { ok: true; value: Success<D> } | { ok: false; failure: Failure };

/** One mutation with its busy flag and its last refusal. Mutations of this schema have one field, a union with UserError. */
export function useAction<D extends object, V extends AnyVariables>(document: TypedDocumentNode<D, V>) {
  const { client } = useClientHandle();
  const busy = ref(false);
  const refused = ref<Failure | null>(null);

  async function run(variables: V): Promise<ActionResult<D>> {
    busy.value = true;
    refused.value = null;
    const result = await client.mutation(document, variables).toPromise();
    busy.value = false;
    const found = outcome(result.data, result.error ? failureOf(result.error) : null);
    if (!found.ok) refused.value = found.failure;
    return found;
  }

  function outcome(data: D | null | undefined, error: Failure | null): ActionResult<D> {
    const value = data ? (Object.entries(data).find(([key]) => key !== '__typename')?.[1] as ResultOf<D>) : null;
    if (error || !value) return { ok: false, failure: error ?? failure('INTERNAL', 'The server gave no answer.') };
    if (isRefusal(value)) return refusal(value);
    return { ok: true, value: value as Success<D> };
  }

  return { run, busy, refused };
}

function refusal({ code, message, sessionNumber }: Refusal): { ok: false; failure: Failure } {
  return { ok: false, failure: { ...failure(code, message), ...(sessionNumber != null && { sessionNumber }) } };
}

const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && '__typename' in value && value.__typename === 'UserError';
