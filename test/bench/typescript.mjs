/**
 * Lets Node run the benchmarks as they are written: `./x.js` in an import is `./x.ts` on disk, as TypeScript reads it.
 * Loaded with `node --import`; Node strips the types itself.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, nextResolve) {
    try {
      return nextResolve(specifier, context);
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/^\.{1,2}\/.*\.js$/.test(specifier)) throw error;
      return nextResolve(specifier.replace(/\.js$/, '.ts'), context);
    }
  },
});
