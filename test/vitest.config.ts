import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    // The examples run as their readers would run them: on the built package.
    include: ['test/**/*.test.ts', 'docs/examples/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A rejection that nobody handles is a failure of the library, never noise.
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
