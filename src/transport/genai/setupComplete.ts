/**
 * Finds setupComplete in a raw frame, for the SDK alone; the session reads frames with src/wire.
 */
import type { FrameData } from '../port.js';

/** Calls `found` with `{"setupComplete":…}` as JSON when the frame holds one; at once, except for a Blob. */
export function findSetupComplete(data: FrameData, found: (json: string) => void): void {
  if (typeof data === 'string') findInText(data, found);
  else if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) findInText(new TextDecoder().decode(data), found);
  else if (data instanceof Blob) {
    data.text().then(
      (text) => findInText(text, found),
      () => {},
    );
  }
}

function findInText(text: string, found: (json: string) => void): void {
  if (!text.includes('"setupComplete"')) return;
  const setupComplete = parsed(text)?.setupComplete;
  if (typeof setupComplete === 'object' && setupComplete !== null) found(JSON.stringify({ setupComplete }));
}

function parsed(text: string): { readonly setupComplete?: unknown } | null {
  try {
    return JSON.parse(text) as { readonly setupComplete?: unknown } | null;
  } catch {
    return null;
  }
}
