/** The agent's log, its lines kept for a test to look at. */
import { Writable } from "node:stream";
import { pino } from "pino";
import type { Log } from "../../agent/logging/log.ts";

/** A line: level, message and fields in one. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly message: string };

export class RecordedLog {
  readonly lines: LogLine[] = [];
  readonly log: Log;

  constructor() {
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.lines.push(JSON.parse(chunk.toString()) as LogLine);
        done();
      },
    });
    const formatters = { level: (level: string) => ({ level }) };
    this.log = pino({ level: "debug", base: null, timestamp: false, messageKey: "message", formatters }, stream);
  }

  /** The messages of one level. */
  messages(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }
}
