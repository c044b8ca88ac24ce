/** The life of the server: started, stopped, started again, and what is wrong when that fails. One change at a time. */

import { Disposable, type LogOutputChannel } from "vscode";
import { State } from "vscode-languageclient/node";
import { type Cable, cable } from "./client";
import { findServer, type Missing, type Program } from "./find";
import { onDidSelectEnvironment, searchPath, surroundings } from "./machine";
import { whenThereIsPython } from "./messages";
import type { OwnServer } from "./own";
import { enabled, installs, wish } from "./settings";
import type { Status } from "./status";
import { tracing } from "./trace";
import { notice, older, type Trouble } from "./trouble";

const ANSWERS_WITHIN = 30_000; // milliseconds; a server answers `initialize` before it reads the workspace
const CRASHES = 4;
const CRASHES_WITHIN = 180_000;

export interface Running {
  readonly command: string;
  readonly from: string;
  readonly version: string;
  readonly lastWords: readonly string[];
}

export class Server implements Disposable {
  #cable: Cable | undefined;
  #last: Promise<void> = Promise.resolve();
  #restartIsQueued = false;
  #asked = "";
  #hasRun = false;
  #closed: number[] = [];
  #environment = Disposable.from();
  readonly #trace;

  constructor(
    private readonly channel: LogOutputChannel,
    /** What the server itself says, and the messages between it and the editor. */
    private readonly words: LogOutputChannel,
    messages: LogOutputChannel,
    private readonly own: OwnServer,
    private readonly status: Status,
    private readonly minimum: string,
    private readonly tell: (trouble: Trouble) => void,
  ) {
    this.#trace = tracing(messages);
  }

  /** What is running now. */
  get running(): Running | undefined {
    if (this.#cable?.client.state !== State.Running) {
      return undefined;
    }
    const { client, program, lastWords } = this.#cable;
    const version = client.initializeResult?.serverInfo?.version ?? "";
    return { command: spelled(program), from: program.from, version, lastWords };
  }

  /** Stops the server and starts the one that the settings now ask for. What is asked for several times is done once. */
  restart(): Promise<void> {
    if (!this.#restartIsQueued) {
      this.#restartIsQueued = true;
      this.#then(async () => {
        this.#restartIsQueued = false;
        this.#closed = [];
        await this.#stop();
        await this.#start();
      });
    }
    return this.#last;
  }

  /** The settings have changed. An editor may tell of one change several times, once for each file it reads them from. */
  settingsChanged(): Promise<void> {
    return asked() === this.#asked ? this.#last : this.restart();
  }

  stop(): Promise<void> {
    this.#then(() => this.#stop());
    return this.#last;
  }

  dispose(): void {
    this.#trace.dispose();
    this.#environment.dispose();
  }

  #then(change: () => Promise<void>): void {
    this.#last = this.#last.then(change).catch((error: unknown) => this.channel.error(String(error)));
  }

  async #start(): Promise<void> {
    this.#asked = asked();
    if (!enabled()) {
      this.status.off();
      return;
    }
    this.status.starting();
    const program = await this.#find();
    if ("looked" in program) {
      await this.#missing(program);
    } else {
      await this.#run(program);
    }
  }

  /** Nobody has installed a server: the extension has one of its own, or installs it where there is something to check. */
  async #missing(missing: Missing): Promise<void> {
    this.channel.info(["The server was looked for, and not found, as:", ...missing.looked].join("\n  "));
    if (missing.configured !== undefined || !installs()) {
      this.#trouble({ kind: "missing", ...missing });
      return;
    }
    const own = await this.own.existing();
    if (own !== undefined) {
      await this.#run(own);
      return;
    }
    this.status.trouble("not installed");
    whenThereIsPython(() => this.#then(() => this.#install()));
  }

  async #install(): Promise<void> {
    if (this.#cable !== undefined) {
      return; // another one has been chosen meanwhile
    }
    this.status.installing();
    const installed = await this.own.install(searchPath());
    if ("kind" in installed) {
      this.#trouble(installed);
    } else {
      await this.#run(installed);
    }
  }

  async #find(): Promise<Program | Missing> {
    const wished = wish();
    const found = await findServer(wished, await surroundings(wished.fromEnvironment));
    this.#environment.dispose();
    this.#environment = wished.fromEnvironment ? onDidSelectEnvironment(() => this.#selected()) : Disposable.from();
    return found;
  }

  /** Another environment is selected, which is told more than once: only another server is a reason to start again. */
  #selected(): void {
    this.#then(async () => {
      const found = await this.#find();
      const running = this.#cable?.program;
      if ("looked" in found || running === undefined || spelled(found) !== spelled(running)) {
        await this.#stop();
        await this.#start();
      }
    });
  }

  async #run(program: Program): Promise<void> {
    this.channel.info(`Starting ${spelled(program)}, from ${program.from}`);
    const started = cable(program, this.words, this.#trace, { closed: () => this.#isStartedAgain(started) });
    this.#cable = started;
    this.#hasRun = false;
    try {
      await within(ANSWERS_WITHIN, started.client.start());
    } catch (error) {
      await this.#stop();
      this.#trouble({ kind: "failed", command: spelled(program), why: lastWord(started, error) });
      return;
    }
    this.#hasRun = true;
    const version = this.running?.version ?? "";
    if (version !== "" && older(version, this.minimum)) {
      await this.#stop();
      this.#trouble({ kind: "old", command: program.command, version, minimum: this.minimum });
      return;
    }
    this.status.running(version, program.from);
  }

  async #stop(): Promise<void> {
    const client = this.#cable?.client;
    this.#cable = undefined;
    // The client refuses to stop what never ran, and ends by force what does not answer; both is worth a line in the log.
    await client?.dispose().catch((error: unknown) => this.channel.debug(`Stopping the server: ${String(error)}`));
  }

  /** A server that fell over is started again, but not for ever; one that never ran is not. */
  #isStartedAgain(fallen: Cable): boolean {
    if (fallen !== this.#cable || !this.#hasRun) {
      return false;
    }
    const now = Date.now();
    this.#closed = [...this.#closed.filter((time) => now - time < CRASHES_WITHIN), now];
    if (this.#closed.length <= CRASHES && fallen.client.state === State.Running) {
      return true;
    }
    this.#trouble({ kind: "crashed", command: spelled(fallen.program), why: lastWord(fallen, undefined) });
    return false;
  }

  #trouble(trouble: Trouble): void {
    const { short, message } = notice(trouble);
    this.channel.error(message);
    this.status.trouble(short);
    this.tell(trouble);
  }
}

/** What the settings ask for. */
function asked(): string {
  return JSON.stringify([enabled(), installs(), wish()]);
}

/** A command as a person would type it. */
function spelled(program: Program): string {
  return [program.command, ...program.args].map((part) => (/\s/.test(part) ? JSON.stringify(part) : part)).join(" ");
}

/** The last line of the server's error stream, where Python writes what went wrong; else what the client knows. */
function lastWord(fallen: Cable, error: unknown): string {
  const line = fallen.lastWords.findLast((words) => words.trim() !== "");
  return line ?? (error instanceof Error ? error.message : "it ended without a word");
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1000} seconds`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
