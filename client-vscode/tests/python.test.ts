import assert from "node:assert/strict";
import { test } from "node:test";
import { programIn, pythons } from "../src/python";

test("every Python of PATH is thought of, and none of the workspace", () => {
  const found = pythons(["/usr/local/bin", "bin", "/usr/bin"], false);
  assert.deepEqual(found.slice(0, 3), ["/usr/local/bin/python3", "/usr/bin/python3", "/usr/local/bin/python"]);
  assert.ok(found.includes("/usr/bin/python3.10"));
  assert.ok(found.every((file) => file.startsWith("/usr/")));
});

test("Windows calls them otherwise", () => {
  assert.deepEqual(pythons(["C:\\Python"], true), [
    "C:\\Python\\python.exe",
    "C:\\Python\\python3.exe",
    "C:\\Python\\py.exe",
  ]);
  assert.equal(programIn("C:\\store\\server-1", "twice", true), "C:\\store\\server-1\\Scripts\\twice.exe");
  assert.equal(programIn("/store/server-1", "twice", false), "/store/server-1/bin/twice");
});
