// The selected environment, as the Python extension tells it: `first` of the folder `environments`, then `second`.
const { join } = require("node:path");
const { commands, EventEmitter, workspace } = require("vscode");

exports.activate = function activate({ subscriptions }) {
  const changed = new EventEmitter();
  const python = (name) => join(workspace.workspaceFolders[0].uri.fsPath, "..", "environments", name, "bin", "python");
  let path = python("first");
  const select = (name) => {
    path = python(name);
    changed.fire({ path });
    changed.fire({ path }); // as it does: more than once
  };
  subscriptions.push(
    changed,
    commands.registerCommand("python.selectSecond", () => select("second")),
  );
  return {
    environments: {
      getActiveEnvironmentPath: () => ({ id: path, path }),
      onDidChangeActiveEnvironmentPath: changed.event,
    },
  };
};
