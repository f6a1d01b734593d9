/** A deep clone of plain data. The SDK changes the config it is given, so each dial gets its own. */

/** Functions and instances of classes (callable tools, MCP clients) are the app's own objects and are shared. */
export function cloneConfig<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => cloneConfig(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cloneConfig(item)])) as T;
}
