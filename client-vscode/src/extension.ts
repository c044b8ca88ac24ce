/** Connects the editor and the server: `activate` wires the parts, and everything Twice knows comes from the server. */

import { commands, type ExtensionContext, window, workspace } from "vscode";
import { SELECTOR } from "./client";
import { showInformation } from "./information";
import { tell } from "./messages";
import { OwnServer } from "./own";
import { openRulePage } from "./pages";
import { openDemo, showEventGraph, showReview } from "./review";
import { Server } from "./server";
import { CHOOSING } from "./settings";
import { Status } from "./status";

interface Manifest {
  readonly version: string;
  /** The oldest server that this extension works with. */
  readonly minimumServer: string;
}

let server: Server | undefined;

export function activate(context: ExtensionContext): void {
  const { version, minimumServer }: Manifest = context.extension.packageJSON;
  const channel = window.createOutputChannel("Twice", { log: true });
  const status = new Status(SELECTOR);
  const words = window.createOutputChannel("Twice Server", { log: true });
  const messages = window.createOutputChannel("Twice Messages", { log: true });
  const bundled = context.asAbsolutePath("server");
  const own = new OwnServer(context.globalStorageUri.fsPath, bundled, version, (line) => channel.info(line));
  const started = new Server(channel, words, messages, own, status, minimumServer, tell);
  server = started;
  context.subscriptions.push(
    channel,
    words,
    messages,
    status,
    started,
    commands.registerCommand("twice.restart", () => started.restart()),
    commands.registerCommand("twice.showOutput", () => channel.show()),
    commands.registerCommand("twice.showInformation", () => showInformation(version, started.running)),
    commands.registerCommand("twice.openRulePage", openRulePage),
    commands.registerCommand("twice.showReview", showReview),
    commands.registerCommand("twice.showEventGraph", showEventGraph),
    commands.registerCommand("twice.showServerOutput", () => words.show()),
    commands.registerCommand("twice.openDemo", () => openDemo(context.extensionUri)),
    workspace.onDidGrantWorkspaceTrust(() => started.restart()),
    workspace.onDidChangeConfiguration((change) => {
      if (CHOOSING.some((setting) => change.affectsConfiguration(setting))) {
        void started.settingsChanged();
      }
    }),
  );
  void started.restart(); // the editor need not wait for it
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
