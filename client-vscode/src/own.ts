/** A server of the extension's own: in an environment that nobody else uses, from the wheel that the extension brings along. */

import { execFile } from "node:child_process";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { type CancellationToken, ProgressLocation, window } from "vscode";
import type { Program } from "./find";
import { programIn, pythons } from "./python";
import type { Trouble } from "./trouble";

const run = promisify(execFile);
const OLDEST = "3.10";
/** Stands in an environment that was made to its end. */
const WHOLE = "twice-is-installed";

export class OwnServer {
  constructor(
    /** Where the extension may keep files. */
    private readonly storage: string,
    /** The folder of the wheel. */
    private readonly bundled: string,
    private readonly version: string,
    private readonly log: (line: string) => void,
  ) {}

  /** The server of an earlier start, if it is the one that this extension brings along. */
  async existing(): Promise<Program | undefined> {
    const whole = await stat(path.join(this.#folder, WHOLE)).then(
      () => true,
      () => false,
    );
    return whole ? this.#program : undefined;
  }

  /** Makes the environment, with a notification that shows it and can stop it. */
  async install(searchPath: readonly string[]): Promise<Program | Trouble> {
    const python = await this.#python(searchPath);
    if (python === undefined) {
      return { kind: "python", oldest: OLDEST };
    }
    return window.withProgress(
      { location: ProgressLocation.Notification, title: "Twice: installing its server, once", cancellable: true },
      (_, token) => this.#made(python, token),
    );
  }

  get #folder(): string {
    return path.join(this.storage, `server-${this.version}`);
  }

  get #program(): Program {
    const windows = process.platform === "win32";
    return { command: programIn(this.#folder, "twice", windows), args: ["serve"], from: "its own environment" };
  }

  async #python(searchPath: readonly string[]): Promise<string | undefined> {
    const asked = `import ensurepip, sys, venv; sys.exit(sys.version_info < (${OLDEST.replace(".", ", ")}))`;
    for (const python of pythons(searchPath, process.platform === "win32")) {
      if (await this.#runs(python, ["-I", "-c", asked])) {
        return python;
      }
    }
    return undefined;
  }

  async #made(python: string, token: CancellationToken): Promise<Program | Trouble> {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    try {
      await rm(this.#folder, { recursive: true, force: true });
      await this.#step(python, ["-I", "-m", "venv", this.#folder], stop.signal);
      const own = programIn(this.#folder, "python", process.platform === "win32");
      const pip = ["-I", "-m", "pip", "install", "--disable-pip-version-check", await this.#wheel()];
      await this.#step(own, pip, stop.signal);
      await writeFile(path.join(this.#folder, WHOLE), this.version);
      await this.#forgetOthers();
      return this.#program;
    } catch (error) {
      return { kind: "install", why: stop.signal.aborted ? "it was stopped" : lastLine(error) };
    }
  }

  async #wheel(): Promise<string> {
    const [wheel] = (await readdir(this.bundled)).filter((name) => name.endsWith(".whl"));
    if (wheel === undefined) {
      throw new Error("this build of the extension brings no server along");
    }
    return path.join(this.bundled, wheel);
  }

  async #step(program: string, args: string[], signal: AbortSignal): Promise<void> {
    this.log(`${program} ${args.join(" ")}`);
    const { stdout } = await run(program, args, { signal, windowsHide: true });
    for (const line of stdout.split("\n").filter((words) => words.trim() !== "")) {
      this.log(line);
    }
  }

  async #runs(program: string, args: string[]): Promise<boolean> {
    return run(program, args, { windowsHide: true }).then(
      () => true,
      () => false,
    );
  }

  /** The environments of earlier versions. */
  async #forgetOthers(): Promise<void> {
    for (const name of await readdir(this.storage)) {
      if (name.startsWith("server-") && path.join(this.storage, name) !== this.#folder) {
        await rm(path.join(this.storage, name), { recursive: true, force: true });
      }
    }
  }
}

/** Programs write what went wrong last. */
function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const lines = (stderr || message || String(error)).split("\n").filter((line) => line.trim() !== "");
  return lines.findLast((line) => !line.startsWith("[notice]")) ?? String(error);
}
