/**
 * A sink that appends to a file, for Node. Each record is in the file when the call returns, so that what was written
 * survives a crash of the process.
 *
 * Owns the file descriptor. An entry of its own, so that the core stays free of Node. Appends to what is there: several
 * sessions in one file are taken apart by `splitTraces`.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

export interface FileSink {
  /** It is a TraceSink itself: `connect({ trace: fileSink('session.jsonl') })`. Throws what the file system throws. */
  (line: string): void;
  /** Closes the file; further records are dropped. Idempotent. */
  close(): void;
}

/** @throws when the file cannot be opened for appending. */
export function fileSink(path: string): FileSink {
  const file = openSync(path, 'a+');
  let isOpen = true;
  if (isCutOff(file)) writeSync(file, '\n');
  return Object.assign(
    (line: string): void => {
      if (isOpen) writeWhole(file, new TextEncoder().encode(`${line}\n`));
    },
    {
      close(): void {
        if (isOpen) closeSync(file);
        isOpen = false;
      },
    },
  );
}

/** A process died in the middle of a line; the next header must not be glued to it. */
function isCutOff(file: number): boolean {
  const { size } = fstatSync(file);
  if (size === 0) return false;
  const last = new Uint8Array(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] !== 10;
}

function writeWhole(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}
