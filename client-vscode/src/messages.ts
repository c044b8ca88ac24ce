/** Tells a person what is wrong with the server, once, with buttons for the next step. */

import { commands, type Disposable, env, type TextDocument, Uri, window, workspace } from "vscode";
import { hasUv } from "./machine";
import { commandLine, notice, type Step, type Trouble } from "./trouble";

let waiting: Disposable | undefined;

/** Every project has YAML and JSON: that Twice is not installed is worth a message where there is Python only. */
export function tell(trouble: Trouble): void {
  waiting?.dispose();
  const quiet = trouble.kind === "missing" && trouble.configured === undefined;
  if (quiet) {
    whenThereIsPython(() => void show(trouble));
  } else {
    void show(trouble);
  }
}

/** Calls back as soon as a Python file is open; the last one who asked is called. */
export function whenThereIsPython(then: () => void): void {
  waiting?.dispose();
  if (workspace.textDocuments.some(isPython)) {
    then();
    return;
  }
  waiting = workspace.onDidOpenTextDocument((document) => {
    if (isPython(document)) {
      waiting?.dispose();
      then();
    }
  });
}

async function show(trouble: Trouble): Promise<void> {
  const { message, steps } = notice(trouble);
  const step = await window.showErrorMessage(message, ...steps);
  if (step !== undefined) {
    await take(step);
  }
}

async function take(step: Step): Promise<void> {
  switch (step) {
    case "Open Settings":
      await commands.executeCommand("workbench.action.openSettings", "twice.path");
      return;
    case "Show Output":
      await commands.executeCommand("twice.showOutput");
      return;
    case "Get Python":
      await env.openExternal(Uri.parse("https://www.python.org/downloads/"));
      return;
    case "Try Again":
    case "Restart Server":
      await commands.executeCommand("twice.restart");
      return;
    case "Copy Install Command":
    case "Copy Upgrade Command":
      await copy(commandLine(step, await hasUv()));
  }
}

async function copy(command: string): Promise<void> {
  await env.clipboard.writeText(command);
  const copied = `Copied: ${command} — run it in a terminal, then restart the server.`;
  if ((await window.showInformationMessage(copied, "Restart Server")) !== undefined) {
    await commands.executeCommand("twice.restart");
  }
}

function isPython(document: TextDocument): boolean {
  return document.languageId === "python";
}
