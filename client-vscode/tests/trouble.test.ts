import assert from "node:assert/strict";
import { test } from "node:test";
import { commandLine, notice, older } from "../src/trouble";

test("versions are compared by their numbers", () => {
  assert.equal(older("0.9.0", "0.10.0"), true);
  assert.equal(older("0.10.0", "0.9.0"), false);
  assert.equal(older("1.2", "1.2.0"), false);
  assert.equal(older("v1.2.1", "1.2"), false);
  assert.equal(older("0.3.0rc1", "0.3.0"), false);
});

test("a server that is not installed comes with the command that installs it", () => {
  const { message, steps } = notice({ kind: "missing", looked: ["/usr/bin/twice"], configured: undefined });
  assert.match(message, /not installed/);
  assert.equal(steps[0], "Copy Install Command");
  assert.equal(commandLine("Copy Install Command", true), "uv tool install twice");
  assert.equal(commandLine("Copy Install Command", false), "pipx install twice");
});

test("a wrong path is named, and the settings are one click away", () => {
  const { message, steps } = notice({ kind: "missing", looked: ["/opt/twice"], configured: "/opt/twice" });
  assert.match(message, /twice\.path.*\/opt\/twice/);
  assert.equal(steps[0], "Open Settings");
});

test("a server that is too old says its version, the one that is needed and how to get it", () => {
  const { message, steps } = notice({ kind: "old", command: "/usr/bin/twice", version: "0.0.9", minimum: "0.1.0" });
  assert.match(message, /0\.0\.9.*0\.1\.0/);
  assert.equal(steps[0], "Copy Upgrade Command");
  assert.equal(commandLine("Copy Upgrade Command", true), "uv tool upgrade twice");
});

test("a server that does not start leaves its last words", () => {
  const { message } = notice({ kind: "failed", command: "/usr/bin/twice serve", why: "No module named 'pygls'" });
  assert.match(message, /\/usr\/bin\/twice serve/);
  assert.match(message, /No module named 'pygls'/);
});

test("without Python the next step is to get it", () => {
  const { message, steps } = notice({ kind: "python", oldest: "3.10" });
  assert.match(message, /Python 3\.10 or later/);
  assert.deepEqual(steps.slice(0, 2), ["Get Python", "Try Again"]);
});

test("an installation that fails says why, and can be tried again", () => {
  const { message, steps } = notice({ kind: "install", why: "No matching distribution found for pygls" });
  assert.match(message, /No matching distribution found for pygls/);
  assert.equal(steps[0], "Try Again");
});
