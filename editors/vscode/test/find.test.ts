import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates, find, type Surroundings } from "../src/find";

const around: Surroundings = {
  configured: "",
  home: "/home/me",
  path: "/usr/bin:/opt/bin",
  platform: "linux",
  python: undefined,
  folders: ["/home/me/app"],
  trusted: true,
};
const only = (wanted: string) => async (program: string) => program === wanted;

test("A configured path is the only place that counts", () => {
  assert.deepEqual(candidates({ ...around, configured: " /x/kai-lsp " }), ["/x/kai-lsp"]);
});

test("A configured path may begin with the home folder's sign", () => {
  assert.deepEqual(candidates({ ...around, configured: "~/k/kai-lsp" }), ["/home/me/k/kai-lsp"]);
});

test("PATH comes first, then the user's own programs, then the selected Python's", () => {
  assert.deepEqual(candidates({ ...around, python: "/venv/bin/python" }), [
    "/usr/bin/kai-lsp",
    "/opt/bin/kai-lsp",
    "/home/me/.local/bin/kai-lsp",
    "/venv/bin/kai-lsp",
  ]);
});

test("A relative entry of PATH is no place to run programs from", () => {
  assert.deepEqual(candidates({ ...around, path: ".:bin::/usr/bin" }), [
    "/usr/bin/kai-lsp",
    "/home/me/.local/bin/kai-lsp",
  ]);
});

test("Nothing of an untrusted workspace is run", () => {
  const path = "/home/me/app:/home/me/app/bin:/home/me/application/bin";
  const python = "/home/me/app/.venv/bin/python";
  assert.deepEqual(candidates({ ...around, path, python, trusted: false }), [
    "/home/me/application/bin/kai-lsp",
    "/home/me/.local/bin/kai-lsp",
  ]);
});

test("On Windows the program has its ending and PATH its own separator", () => {
  const windows: Surroundings = {
    ...around,
    platform: "win32",
    home: "C:\\Users\\me",
    path: "C:\\bin;tools",
  };
  assert.deepEqual(candidates(windows), [
    "C:\\bin\\kai-lsp.exe",
    "C:\\Users\\me\\.local\\bin\\kai-lsp.exe",
  ]);
});

test("A place named twice is tried once", () => {
  assert.equal(candidates({ ...around, path: "/usr/bin:/usr/bin" }).length, 2);
});

test("The first program that runs is taken", async () => {
  assert.deepEqual(await find(around, only("/opt/bin/kai-lsp")), { program: "/opt/bin/kai-lsp" });
});

test("Where none runs, what was tried is told", async () => {
  assert.deepEqual(await find(around, only("/nowhere")), { tried: candidates(around) });
});

test("A folder of that name is no program", async () => {
  assert.deepEqual(await find({ ...around, configured: "/tmp" }), { tried: ["/tmp"] });
});
