import assert from "node:assert/strict";
import { test } from "node:test";
import { type Run, way } from "../src/installers";

/** A machine that has these programs; each prints what stands beside it. */
const machine =
  (programs: Record<string, string>): Run =>
  async (program) =>
    programs[program];

const command = async (platform: NodeJS.Platform, programs: Record<string, string>) => {
  const found = await way(platform, machine(programs));
  return "command" in found ? found.command : undefined;
};

test("pipx comes first, then uv: they give kai an environment of its own", async () => {
  const all = { pipx: "1.0\n", uv: "uv 0.5\n", python3: "3.12\n" };
  assert.equal(await command("linux", all), "pipx install kai-kubectl");
  assert.equal(await command("linux", { uv: "", python3: "3.12" }), "uv tool install kai-kubectl");
});

test("A bare Python makes that environment itself, and links what is looked for", async () => {
  const line = (await command("linux", { python3: "3.11\n" })) ?? "";
  assert.match(line, /^python3 -m venv ~\/\.local\/share\/kai\/venv && .*pip install kai-kubectl/);
  assert.match(line, /kai-lsp ~\/\.local\/bin\/$/);
});

test("An old python3 is passed by for a newer python", async () => {
  assert.match(
    (await command("linux", { python3: "3.9", python: "3.13" })) ?? "",
    /^python -m venv/,
  );
});

test("On Windows pip installs for the user", async () => {
  assert.equal(await command("win32", { py: "3.12\r\n" }), "py -m pip install --user kai-kubectl");
});

test("Without a Python that is new enough it is said what is missing and how to get it", async () => {
  const nothing = await way("linux", machine({}));
  assert.match(
    "missing" in nothing ? nothing.missing : "",
    /no Python was found.*apt install pipx/,
  );
  const old = await way("darwin", machine({ python3: "3.9\n" }));
  assert.match(
    "missing" in old ? old.missing : "",
    /Python 3\.11 or newer, and only Python 3\.9 was found\. .*brew/,
  );
});

test("What does not run is not there", async () => {
  const found = await way("linux", async () => undefined);
  assert.ok("missing" in found);
});
