/** The text of "Show Version and Debug Information": what a person needs to see, or to send along, when something is odd. */

import { env, extensions, version, window, workspace } from "vscode";
import type { Running } from "./server";

export async function showInformation(extensionVersion: string, running: Running | undefined): Promise<void> {
  const content = JSON.stringify(information(extensionVersion, running), undefined, 2);
  await window.showTextDocument(await workspace.openTextDocument({ language: "jsonc", content }));
}

function information(extensionVersion: string, running: Running | undefined): object {
  return {
    extension: extensionVersion,
    server: running ?? "not running: the output channel Twice says why",
    editor: `${env.appName} ${version} on ${process.platform} ${process.arch}`,
    remote: env.remoteName ?? "none",
    folders: (workspace.workspaceFolders ?? []).map((folder) => folder.uri.toString()),
    trusted: workspace.isTrusted,
    pythonExtension: extensions.getExtension("ms-python.python")?.packageJSON.version ?? "none",
    settings: workspace.getConfiguration().get("twice"),
  };
}
