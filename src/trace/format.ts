export type TraceSink = (line: string) => void;
