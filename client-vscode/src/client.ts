/** The language client: how the server is started and what is passed through the cable. When to start it is decided elsewhere. */

import { homedir } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { commands, type LogOutputChannel, Uri } from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  type WindowMiddleware,
} from "vscode-languageclient/node";
import type { Program } from "./find";

/** The languages that say something about events, and the files in which people write for Twice itself. */
export const SELECTOR: ({ scheme: string; language: string } | { scheme: string; pattern: string })[] = [
  { scheme: "file", language: "python" },
  { scheme: "file", language: "yaml" },
  { scheme: "file", language: "json" },
  { scheme: "file", language: "jsonc" },
  { scheme: "file", language: "terraform" },
  { scheme: "file", language: "terraform-vars" },
  { scheme: "file", pattern: "**/*.{yaml,yml,template,tf,tfvars,properties}" },
  { scheme: "file", pattern: "**/{twice,pyproject}.toml" },
  { scheme: "untitled", language: "python" },
  { scheme: "untitled", language: "yaml" },
];

/** How many lines of the server's last words are kept for a message. */
const LAST_LINES = 20;

export interface Events {
  /** The connection ended without being asked to. The answer says whether the server is started again. */
  closed(): boolean;
}

/** Writes its errors to the output channel only: what a person has to know is said once and with a next step, elsewhere. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

export interface Cable {
  readonly client: LanguageClient;
  readonly program: Program;
  /** What the server wrote to its error stream last. */
  readonly lastWords: readonly string[];
}

export function cable(program: Program, channel: LogOutputChannel, trace: LogOutputChannel, events: Events): Cable {
  const lastWords: string[] = [];
  const executable = {
    command: program.command,
    args: [...program.args],
    // Not the workspace: `python -m twice` would take modules from the folder it is started in.
    options: { cwd: homedir(), env: { ...process.env, PYTHONSAFEPATH: "1" } },
  };
  const client = new QuietClient("twice", "Twice", executable, options(channel, trace, events, lastWords));
  return { client, program, lastWords };
}

function options(
  channel: LogOutputChannel,
  trace: LogOutputChannel,
  events: Events,
  lastWords: string[],
): LanguageClientOptions {
  return {
    documentSelector: SELECTOR,
    // VS Code shows the message of a diagnostic above what the server says of the place.
    initializationOptions: { diagnosticsInHover: true },
    outputChannel: channel,
    traceOutputChannel: trace,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationFailedHandler: () => false,
    errorHandler: {
      error: (_error, _message, count) => ({
        action: count !== undefined && count <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown,
        handled: true,
      }),
      closed: (): CloseHandlerResult => ({
        action: events.closed() ? CloseAction.Restart : CloseAction.DoNotRestart,
        handled: true,
      }),
    },
    middleware: { window: { showDocument: shown } },
    stdioOptions: { stdout: () => undefined, stderr: (stream) => keep(stream, channel, lastWords) },
  };
}

/** The pages that the server writes are shown as pages. */
const shown: NonNullable<WindowMiddleware["showDocument"]> = async (params, token, next) => {
  if (!params.uri.endsWith(".md")) {
    return next(params, token);
  }
  await commands.executeCommand("markdown.showPreview", Uri.parse(params.uri));
  return { success: true };
};

function keep(stream: Readable, channel: LogOutputChannel, lastWords: string[]): void {
  createInterface({ input: stream }).on("line", (line) => {
    channel.info(line);
    lastWords.push(line);
    lastWords.splice(0, lastWords.length - LAST_LINES);
  });
}
