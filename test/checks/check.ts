/**
 * What one part of `npm run check` is. Types only: Node runs these files by erasing the types, and an import of a value
 * from another file would need the `.ts` ending that the TypeScript settings of the tests do not allow.
 */

export interface Execution {
  /** Exit code; -1 when the command could not be started or ran out of time. */
  readonly code: number;
  readonly stdout: string;
  /** stdout and stderr in the order they came. */
  readonly output: string;
}

export interface ExecuteOptions {
  /** Default: the root of the repository. */
  readonly cwd?: string;
  /** Default: the environment of this process, with node_modules/.bin first in PATH. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: 300,000. */
  readonly timeoutMs?: number;
}

/** What a check may touch. Tests hand in a folder of their own. */
export interface Project {
  /** Absolute path of the repository. */
  readonly root: string;
  /** Runs a program without a shell and with stdin closed. Never throws. */
  readonly execute: (program: string, args: readonly string[], options?: ExecuteOptions) => Promise<Execution>;
}

export interface Report {
  /** Why the check refuses; empty means ok. Each says what to do. */
  readonly problems: readonly string[];
  /** What did not run, and other facts worth a line. */
  readonly notes?: readonly string[];
}

export interface Check {
  readonly name: string;
  run(project: Project): Promise<Report>;
}
