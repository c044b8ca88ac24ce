import assert from "node:assert/strict";
import { test } from "node:test";
import { findServer, type Surroundings, type Wish } from "../src/find";

const NOTHING_SET: Wish = { path: [], args: [], fromEnvironment: false };

function machine(programs: readonly string[], more: Partial<Surroundings> = {}): Surroundings {
  return {
    trusted: true,
    windows: false,
    home: "/home/ada",
    folder: "/home/ada/shop",
    searchPath: ["/home/ada/.local/bin", "/usr/bin"],
    interpreter: undefined,
    startable: async (file) => programs.includes(file),
    ...more,
  };
}

test("without a setting the first twice on PATH is started", async () => {
  const found = await findServer(NOTHING_SET, machine(["/usr/bin/twice", "/home/ada/.local/bin/twice"]));
  assert.deepEqual(found, { command: "/home/ada/.local/bin/twice", args: ["serve"], from: "PATH" });
});

test("a relative entry of PATH is passed over, because it would be a folder of the workspace", async () => {
  const around = machine(["bin/twice", "./twice", "/usr/bin/twice"], { searchPath: ["bin", ".", "/usr/bin"] });
  assert.deepEqual(await findServer(NOTHING_SET, around), { command: "/usr/bin/twice", args: ["serve"], from: "PATH" });
});

test("the setting wins over environment and PATH, and brings its own first arguments", async () => {
  const wish = { path: ["uvx", "twice"], args: ["--log-level", "debug"], fromEnvironment: true };
  const around = machine(["/usr/bin/uvx", "/usr/bin/twice", "/venv/bin/twice"], { interpreter: "/venv/bin/python" });
  assert.deepEqual(await findServer(wish, around), {
    command: "/usr/bin/uvx",
    args: ["twice", "serve", "--log-level", "debug"],
    from: "the setting twice.path",
  });
});

test("a wrong setting is told, and not passed over in favour of another server", async () => {
  const found = await findServer({ ...NOTHING_SET, path: ["/opt/twice"] }, machine(["/usr/bin/twice"]));
  assert.deepEqual(found, { looked: ["/opt/twice"], configured: "/opt/twice" });
});

for (const [written, meant] of [
  ["~/bin/twice", "/home/ada/bin/twice"],
  ["${workspaceFolder}/.venv/bin/twice", "/home/ada/shop/.venv/bin/twice"],
  [".venv/bin/twice", "/home/ada/shop/.venv/bin/twice"],
] as const) {
  test(`the setting ${written} means ${meant}`, async () => {
    const found = await findServer({ ...NOTHING_SET, path: [written] }, machine([meant]));
    assert.deepEqual(found, { command: meant, args: ["serve"], from: "the setting twice.path" });
  });
}

test("the selected environment is used only if it is asked for", async () => {
  const around = machine(["/venv/bin/twice", "/usr/bin/twice"], { interpreter: "/venv/bin/python" });
  const asked = await findServer({ ...NOTHING_SET, fromEnvironment: true }, around);
  assert.deepEqual(asked, { command: "/venv/bin/twice", args: ["serve"], from: "the selected Python environment" });
  assert.deepEqual(await findServer(NOTHING_SET, around), {
    command: "/usr/bin/twice",
    args: ["serve"],
    from: "PATH",
  });
});

test("the environment of an untrusted workspace is never used", async () => {
  const around = machine(["/venv/bin/twice"], { interpreter: "/venv/bin/python", trusted: false });
  const found = await findServer({ ...NOTHING_SET, fromEnvironment: true }, around);
  assert.deepEqual(found, {
    looked: ["/home/ada/.local/bin/twice", "/usr/bin/twice"],
    configured: undefined,
  });
});

test("an environment without twice leads on to PATH", async () => {
  const around = machine(["/usr/bin/twice"], { interpreter: "/venv/bin/python" });
  const found = await findServer({ ...NOTHING_SET, fromEnvironment: true }, around);
  assert.deepEqual(found, { command: "/usr/bin/twice", args: ["serve"], from: "PATH" });
});

test("on Windows programs end in .exe, and conda keeps them below the interpreter", async () => {
  const around = machine(["C:\\conda\\Scripts\\twice.exe"], {
    windows: true,
    interpreter: "C:\\conda\\python.exe",
    searchPath: ["C:\\tools"],
  });
  const found = await findServer({ ...NOTHING_SET, fromEnvironment: true }, around);
  assert.ok("command" in found);
  assert.equal(found.command, "C:\\conda\\Scripts\\twice.exe");
  const missing = await findServer(NOTHING_SET, around);
  assert.deepEqual(missing, { looked: ["C:\\tools\\twice.exe"], configured: undefined });
});
