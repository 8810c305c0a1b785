// The house's one way to show that something takes a while: what is being done, for how long, and how it ended.

/** A line when a step takes longer than this, where nothing can be updated in place. */
const QUIET_MS = 2000;
/** Another line whenever this much more time has passed, so that a log shows life. */
const REPEAT_MS = 15_000;
/** How often a terminal's live line is redrawn. */
const REDRAW_MS = 100;

/** Shows work that takes time. Steps may run one within another, and side by side. */
export interface Progress {
  /**
   * Runs `work` and shows `title` with the time it takes. `detail` sets a few words on where it is: the last one
   * given is shown. A failure is shown and thrown on.
   */
  step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  /** One line that stays, between the steps. */
  note(text: string): void;
}

/** Where progress goes: `isTTY` decides between a live line and plain lines. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** How progress is shown. */
export interface ProgressOptions {
  /** stderr when left out, so that stdout stays a program's answer. */
  readonly stream?: ProgressStream;
  /** One JSON object a line: `{"event": "start"|"running"|"done"|"failed"|"note", "title", "detail", "elapsedMs"}`. */
  readonly json?: boolean;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/** Progress on a stream: a live line on a terminal, plain lines (or JSON) elsewhere. */
export function createProgress(options: ProgressOptions = {}): Progress {
  const stream = options.stream ?? process.stderr;
  const now = options.now ?? (() => performance.now());
  const show =
    options.json === true ? jsonLines(stream) : stream.isTTY === true ? liveLine(stream) : plainLines(stream);
  return {
    note: (text) => {
      show.note(text);
    },
    step: async (title, work) => {
      const startedMs = now();
      const running: RunningStep = { title, detail: "", elapsedMs: () => now() - startedMs };
      show.start(running);
      try {
        const result = await work((text) => {
          running.detail = text;
        });
        show.end(running, "done");
        return result;
      } catch (error) {
        show.end(running, "failed");
        throw error;
      }
    },
  };
}

interface RunningStep {
  readonly title: string;
  detail: string;
  elapsedMs(): number;
}

type Outcome = "done" | "failed";

interface Display {
  start(step: RunningStep): void;
  end(step: RunningStep, outcome: Outcome): void;
  note(text: string): void;
}

/** Plain lines for logs and pipes: nothing for what is quick, a sign of life for what is not. */
function plainLines(stream: ProgressStream): Display {
  const timers = new Map<RunningStep, NodeJS.Timeout>();
  const announceAfter = (step: RunningStep, delayMs: number): void => {
    const timer = setTimeout(() => {
      const elapsed = delayMs === QUIET_MS ? "" : ` (${seconds(step.elapsedMs())})`;
      stream.write(`… ${step.title}${withDetail(step)}${elapsed}\n`);
      announceAfter(step, REPEAT_MS);
    }, delayMs);
    timer.unref();
    timers.set(step, timer);
  };
  return {
    start: (step) => {
      announceAfter(step, QUIET_MS);
    },
    end: (step, outcome) => {
      clearTimeout(timers.get(step));
      timers.delete(step);
      stream.write(`${MARK[outcome]} ${step.title} (${seconds(step.elapsedMs())})\n`);
    },
    note: (text) => {
      stream.write(`${text}\n`);
    },
  };
}

/** One line at the bottom of a terminal, redrawn in place, with the innermost running step; finished steps scroll up. */
function liveLine(stream: ProgressStream): Display {
  const running = new Set<RunningStep>();
  let timer: NodeJS.Timeout | undefined;
  let frame = 0;
  const draw = (): void => {
    const step = [...running].at(-1);
    if (step === undefined) return;
    frame = (frame + 1) % SPINNER.length;
    const tail = ` ${seconds(step.elapsedMs())}`;
    const room = (stream.columns ?? 80) - tail.length - 3;
    const text = `${step.title}${withDetail(step)}`;
    const shown = text.length > room ? `${text.slice(0, Math.max(room - 1, 0))}…` : text;
    stream.write(`${CLEAR_LINE}${CYAN}${SPINNER[frame] ?? ""}${PLAIN} ${shown}${DIM}${tail}${PLAIN}`);
  };
  const above = (line: string): void => {
    stream.write(`${CLEAR_LINE}${line}\n`);
    draw();
  };
  return {
    start: (step) => {
      running.add(step);
      timer ??= setInterval(draw, REDRAW_MS).unref();
      draw();
    },
    end: (step, outcome) => {
      running.delete(step);
      if (running.size === 0) {
        clearInterval(timer);
        timer = undefined;
      }
      const colour = outcome === "done" ? GREEN : RED;
      above(`${colour}${MARK[outcome]}${PLAIN} ${step.title} ${DIM}${seconds(step.elapsedMs())}${PLAIN}`);
    },
    note: above,
  };
}

/** One JSON object a line, for programs that watch. */
function jsonLines(stream: ProgressStream): Display {
  const write = (event: string, step: RunningStep): void => {
    const { title, detail } = step;
    const line = { event, title, ...(detail === "" ? {} : { detail }), elapsedMs: Math.round(step.elapsedMs()) };
    stream.write(`${JSON.stringify(line)}\n`);
  };
  const timers = new Map<RunningStep, NodeJS.Timeout>();
  return {
    start: (step) => {
      write("start", step);
      timers.set(step, setInterval(write, REPEAT_MS, "running", step).unref());
    },
    end: (step, outcome) => {
      clearInterval(timers.get(step));
      timers.delete(step);
      write(outcome, step);
    },
    note: (text) => {
      stream.write(`${JSON.stringify({ event: "note", title: text })}\n`);
    },
  };
}

const MARK: Readonly<Record<Outcome, string>> = { done: "✔", failed: "✖" };
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;

// ECMA-48: carriage return and erase to the end of the line; select graphic rendition.
const CLEAR_LINE = "\r\u001b[K";
const PLAIN = "\u001b[0m";
const DIM = "\u001b[2m";
const RED = "\u001b[31m";
const GREEN = "\u001b[32m";
const CYAN = "\u001b[36m";

const withDetail = (step: RunningStep): string => (step.detail === "" ? "" : `: ${step.detail}`);

/** `0.4 s`, `12 s`, `3 min 05 s`. */
function seconds(elapsedMs: number): string {
  const total = elapsedMs / 1000;
  if (total < 10) return `${total.toFixed(1)} s`;
  const whole = Math.round(total);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
