/** The setting `twice.trace.server`, which works as it does for other servers: alone, whatever the level of the channel. */

import { EventEmitter, LogLevel, type LogOutputChannel, workspace } from "vscode";

/** The channel as the language client wants it for traces: it writes them only where the level is Trace, and a setting cannot raise a channel's level. */
export function tracing(channel: LogOutputChannel): LogOutputChannel & { dispose(): void } {
  const changed = new EventEmitter<LogLevel>();
  const level = () => (wanted() === "off" ? LogLevel.Off : LogLevel.Trace);
  const subscription = workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration("twice.trace.server")) {
      changed.fire(level());
    }
  });
  return {
    ...channel,
    name: `${channel.name} trace`,
    get logLevel() {
      return level();
    },
    onDidChangeLogLevel: changed.event,
    trace: (message: string) => channel.info(message),
    dispose: () => {
      subscription.dispose();
      changed.dispose();
    },
  };
}

function wanted(): string {
  return workspace.getConfiguration("twice").get("trace.server", "off");
}
