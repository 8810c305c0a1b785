/** A line of the log as a plain value: what writes it need not know where lines go, and it may cross threads. */

/** Most to least verbose. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Details of a log line: text, numbers and flags only. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

export interface LogLine {
  readonly kind: "log";
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Takes lines; must neither block nor throw. */
export type WriteLogLine = (line: LogLine) => void;

/** Writes a warning, at most so many of one kind in a while. */
export type Warn = (kind: string, message: string, fields: LogFields, nowMicros: number) => void;
