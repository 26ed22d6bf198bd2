import { type Client, createClient, fetchExchange } from '@urql/core';
import { provideClient } from '@urql/vue';
import { render } from '@testing-library/vue';
import { type Component, defineComponent, h } from 'vue';
import { createMemoryHistory, createRouter } from 'vue-router';
import IconSprite from '../ui/IconSprite.vue';

/* Renders a component over answers by operation name. Only the server is made up; client, router and components are real. */

export type Answers = Record<string, unknown | ((variables: Record<string, unknown>) => unknown)>;
export interface Asked {
  name: string;
  variables: Record<string, unknown>;
}

export interface Setup {
  props?: Record<string, unknown>;
  answers?: Answers;
  path?: string;
  /** The pattern of the page's route, for one that reads its parameters. */
  route?: string;
}

export async function show(
  component: Component,
  { props = {}, answers = {}, path = '/', route = '/:rest(.*)*' }: Setup = {},
) {
  const asked: Asked[] = [];
  const client: Client = createClient({
    url: 'http://server.test/graphql',
    preferGetMethod: false,
    exchanges: [fetchExchange],
    fetch: async (_input, init) => {
      const { operationName, variables = {} } = JSON.parse(String(init?.body)) as {
        operationName: string;
        variables?: Record<string, unknown>;
      };
      asked.push({ name: operationName, variables });
      const answer = answers[operationName];
      const data: unknown =
        typeof answer === 'function' ? await (answer as (v: Record<string, unknown>) => unknown)(variables) : answer;
      if (data instanceof Error) throw data;
      const body = data === undefined ? { errors: [{ message: `no answer for ${operationName}` }] } : { data };
      return new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } });
    },
  });
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [...new Set([route, '/:rest(.*)*'])].map((each) => ({ path: each, component: { render: () => null } })),
  });
  await router.push(path);
  const host = defineComponent({
    setup() {
      provideClient(client);
      return () => [h(IconSprite), h(component, props)];
    },
  });
  const view = render(host, { global: { plugins: [router] } });
  return { ...view, asked, router };
}
