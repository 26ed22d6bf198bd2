import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

/** The api's PUBLIC_URL, letter for letter: the live socket is opened to pages of that address only. Here its default. */
const api = process.env['THROUGHLINE_API'] ?? 'http://localhost:8080';
const served = ['/graphql', '/auth', '/api', '/readyz', '^/snapshots/[^/]+/copy$'];

/** `npm run build` of this workspace; in development, `vite web` in front of a running api (THROUGHLINE_API). */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [vue({ template: { compilerOptions: { whitespace: 'preserve' } } })],
  server: {
    proxy: Object.fromEntries(
      // The page comes from Vite; the socket is asked for as if it came from the api.
      served.map((path) => [path, { target: api, changeOrigin: true, ws: path === '/graphql', rewriteWsOrigin: true }]),
    ),
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    sourcemap: false,
    // Everything comes as a file of its own: the page's content security policy allows no data: or inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
