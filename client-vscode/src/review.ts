/** The review of the handler at the cursor, the event graph, and the demo. What they hold is the server's and the demo's own. */

import { type CodeLens, commands, Uri, window, workspace } from "vscode";

export async function showReview(): Promise<void> {
  const editor = window.activeTextEditor;
  const lenses =
    editor === undefined
      ? []
      : await commands.executeCommand<CodeLens[]>("vscode.executeCodeLensProvider", editor.document.uri);
  const ours = lenses.filter(({ command }) => command?.command === "twice.review");
  const line = editor?.selection.active.line ?? 0;
  const before = ours.filter(({ range }) => range.start.line <= line);
  const chosen = before.at(-1) ?? ours[0];
  if (chosen?.command === undefined) {
    await window.showInformationMessage("Twice sees no event handler in this file.");
    return;
  }
  await commands.executeCommand("twice.review", ...(chosen.command.arguments ?? []));
}

/** Who sends what to whom in the folder of the file that is open, else in all folders. */
export async function showEventGraph(): Promise<void> {
  await commands.executeCommand("twice.graph", window.activeTextEditor?.document.uri.toString() ?? null);
}

/** A handler to look at, as a document that is saved nowhere. */
export async function openDemo(extension: Uri): Promise<void> {
  const data = await workspace.fs.readFile(Uri.joinPath(extension, "media", "demo.py"));
  const content = new TextDecoder().decode(data);
  await window.showTextDocument(await workspace.openTextDocument({ language: "python", content }));
}
