/**
 * The fault classes by name: what a person picks from a list, a file or the page.
 *
 * Owns the list of all; the classes themselves are in classes/, by group. docs/FAULTS.md and the page are written from
 * it. A class whose faults act `now` can also wait in a file: it then acts on the first connection that is ready.
 */
import type { FaultClass, FaultGroup } from './classes/class.js';
import { compressionClasses } from './classes/compression.js';
import { dialClasses } from './classes/dial.js';
import { resumptionClasses } from './classes/resumption.js';
import { serverClasses } from './classes/server.js';
import { streamClasses } from './classes/stream.js';

export type { FaultClass, FaultGroup };

export const faultClasses: Readonly<Record<string, FaultClass>> = {
  ...dialClasses,
  ...streamClasses,
  ...serverClasses,
  ...resumptionClasses,
  ...compressionClasses,
};
