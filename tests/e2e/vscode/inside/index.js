"use strict";
// Tests that run inside the real extension host, with the installed kai beside them. What each ends
// with is written into the file of KAI_TEST_RESULTS; test_vscode.py has one test for each.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

const TESTS = [];
const test = (name, body) => TESTS.push([name, body]);
const KIND = "quickfix.kai";
const root = () => vscode.workspace.workspaceFolders[0].uri.fsPath;

async function opened(name, text) {
  const file = path.join(root(), name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  const document = await vscode.workspace.openTextDocument(file);
  await vscode.window.showTextDocument(document, { preview: false });
  return document;
}

async function until(what, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await what();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

const actions = (document, line, column = 0) => {
  const at = new vscode.Position(line, column);
  const range = new vscode.Range(at, at);
  const command = "vscode.executeCodeActionProvider";
  return vscode.commands.executeCommand(command, document.uri, range, KIND, 10);
};

const offer = (document, line, start = "kai: kubectl") =>
  until(async () => (await actions(document, line)).find((one) => one.title.startsWith(start)));

const remarks = (document) =>
  vscode.languages.getDiagnostics(document.uri).filter((one) => one.source === "kai");

const found = (document) => until(() => remarks(document).length > 0 && remarks(document));

async function taken(name, text, line) {
  const document = await opened(name, text);
  const action = await offer(document, line);
  assert.ok(await vscode.workspace.applyEdit(action.edit));
  assert.ok(await document.save());
  return fs.readFileSync(document.uri.fsPath, "utf8");
}

test("kai is active after a shell script is opened", async () => {
  await opened("active.sh", "true\n");
  const extension = vscode.extensions.getExtension("kai-kubectl.kai");
  await until(() => extension.isActive);
});

test("every command of the palette is registered", async () => {
  const contributed = vscode.extensions
    .getExtension("kai-kubectl.kai")
    .packageJSON.contributes.commands.map((one) => one.command);
  const all = new Set(await vscode.commands.getCommands(true));
  assert.deepEqual(contributed.filter((one) => !all.has(one)), []);
});

test("every picture that is named is in the package", async () => {
  const extension = vscode.extensions.getExtension("kai-kubectl.kai");
  const [walkthrough] = extension.packageJSON.contributes.walkthroughs;
  const readme = fs.readFileSync(path.join(extension.extensionPath, "readme.md"), "utf8");
  assert.match(readme, /^# kai/);
  assert.doesNotMatch(readme, /\]\(images\//);
  const named = [extension.packageJSON.icon, ...walkthrough.steps.map((step) => step.media.image)];
  const there = (one) => fs.existsSync(path.join(extension.extensionPath, one));
  assert.deepEqual(named.filter((one) => !there(one)), []);
});

test("a request of a script becomes a command below it, on disk", async () => {
  const got = await taken("get.sh", "#!/bin/sh\n# ai: pods in prod\necho\n", 1);
  assert.equal(got, "#!/bin/sh\n# ai: pods in prod\nkubectl get pods --namespace=prod\necho\n");
});

test("a request on the last line needs no newline after it", async () => {
  const got = await taken("last.sh", "# ai: pods in prod", 0);
  assert.equal(got, "# ai: pods in prod\nkubectl get pods --namespace=prod");
});

test("a request in a workflow's script is answered in its own indentation", async () => {
  const before = "jobs:\n  a:\n    steps:\n      - run: |\n          # ai: pods in prod\n          echo\n";
  const got = await taken(".github/workflows/ci.yml", before, 4);
  assert.equal(got, before.replace("          echo", "          kubectl get pods --namespace=prod\n          echo"));
});

test("letters beyond the first plane do not shift what is written", async () => {
  const got = await taken("wide.sh", "echo '😀😀'; echo '𝔨'\n# 😀\n# ai: pods in prod\n", 2);
  assert.equal(got, "echo '😀😀'; echo '𝔨'\n# 😀\n# ai: pods in prod\nkubectl get pods --namespace=prod\n");
});

test("the line ends of the file are kept", async () => {
  const got = await taken("crlf.sh", "# ai: pods in prod\r\necho\r\n", 0);
  assert.equal(got, "# ai: pods in prod\r\nkubectl get pods --namespace=prod\r\necho\r\n");
});

test("a document that has no name yet is answered too", async () => {
  const document = await vscode.workspace.openTextDocument({
    language: "shellscript",
    content: "# ai: pods in prod\n",
  });
  await vscode.window.showTextDocument(document);
  const action = await offer(document, 0);
  await vscode.workspace.applyEdit(action.edit);
  assert.equal(document.getText(), "# ai: pods in prod\nkubectl get pods --namespace=prod\n");
});

test("one undo takes the command away", async () => {
  const before = "# ai: pods in prod\necho\n";
  const document = await opened("undo.sh", before);
  const action = await offer(document, 0);
  await vscode.workspace.applyEdit(action.edit);
  assert.notEqual(document.getText(), before);
  await vscode.commands.executeCommand("undo");
  await until(() => document.getText() === before);
});

test("nothing that is generated is preferred", async () => {
  const document = await opened("preferred.sh", "# ai: pods in prod\n");
  await offer(document, 0);
  const all = await actions(document, 0);
  assert.deepEqual(all.filter((one) => one.isPreferred), []);
});

test("saving generates nothing", async () => {
  const document = await opened("save.sh", "# ai: pods in prod\n");
  await offer(document, 0);
  const config = vscode.workspace.getConfiguration("editor", document.uri);
  const global = vscode.ConfigurationTarget.Global;
  await config.update("codeActionsOnSave", { "source.fixAll": "always", quickfix: "always" }, global);
  try {
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(1, 0), "echo\n");
    await vscode.workspace.applyEdit(edit);
    await document.save();
    assert.equal(fs.readFileSync(document.uri.fsPath, "utf8"), "# ai: pods in prod\necho\n");
  } finally {
    await config.update("codeActionsOnSave", undefined, global);
  }
});

test("an unknown flag is underlined, and its repair mends it", async () => {
  const document = await opened("flag.sh", "kubectl get pods --namspace=prod\n");
  const [remark] = await found(document);
  assert.equal(document.getText(remark.range).includes("--namspace"), true);
  assert.equal(remark.severity, vscode.DiagnosticSeverity.Error);
  const all = await actions(document, 0, remark.range.start.character + 1);
  const repair = all.find((one) => one.title.includes("--namespace"));
  await vscode.workspace.applyEdit(repair.edit);
  assert.equal(document.getText(), "kubectl get pods --namespace=prod\n");
  await until(() => remarks(document).length === 0);
});

test("a remark can be silenced for its line", async () => {
  const document = await opened("silence.sh", "kubectl get pods --namspace=prod\n");
  await found(document);
  const all = await actions(document, 0, 20);
  const silence = all.find((one) => /^kai: silence K\d+ here/.test(one.title));
  await vscode.workspace.applyEdit(silence.edit);
  assert.match(document.getText(), /kai: ignore=K\d+/);
  await until(() => remarks(document).length === 0);
});

test("a hover says what a command does", async () => {
  const document = await opened("hover.sh", "kubectl delete pods --all --namespace=prod\n");
  const at = new vscode.Position(0, 24);
  const text = await until(async () => {
    const all = await vscode.commands.executeCommand("vscode.executeHoverProvider", document.uri, at);
    return all.flatMap((one) => one.contents.map((part) => part.value)).join("\n");
  });
  assert.match(text, /every|all/i);
  assert.match(text, /destructive|forbidden/);
});

test("a hover names the flag that is pointed at, below other lines too", async () => {
  const document = await opened("flags.sh", "#!/bin/sh\n\nkubectl get pods --namespace=prod --watch\n");
  const at = new vscode.Position(2, 22);
  const [part] = await until(async () => {
    const all = await vscode.commands.executeCommand("vscode.executeHoverProvider", document.uri, at);
    const found = all.flatMap((one) => one.contents.map((content) => content.value));
    return found.length > 0 && found;
  });
  assert.match(part, /^\*\*`--namespace=prod`\*\*: /);
});

test("a lens generates, and a destructive command has one that says so", async () => {
  const document = await opened("lens.sh", "# ai: pods in prod\n\nkubectl delete pods --all -n prod\n");
  const lenses = await until(async () => {
    const all = await vscode.commands.executeCommand("vscode.executeCodeLensProvider", document.uri, 9);
    return all.length >= 2 && all;
  });
  assert.match(lenses.map((one) => one.command.title).join(), /generate.*destructive/);
  const { command, arguments: given } = lenses[0].command;
  await vscode.commands.executeCommand(command, ...given);
  await until(() => document.lineAt(1).text === "kubectl get pods --namespace=prod");
});

test("the command Generate answers the request at the cursor", async () => {
  const document = await opened("palette.sh", "# ai: pods in prod\n");
  await offer(document, 0);
  await vscode.commands.executeCommand("kai.generateHere");
  await until(() => document.lineAt(1).text === "kubectl get pods --namespace=prod");
});

test("all requests of a file are answered at once", async () => {
  const document = await opened("all.sh", "# ai: pods in prod\n\n# ai: nodes\n\necho\n");
  await offer(document, 0);
  await vscode.commands.executeCommand("kai.generateFile");
  const wanted = "# ai: pods in prod\nkubectl get pods --namespace=prod\n\n# ai: nodes\nkubectl get nodes\n\necho\n";
  await until(() => document.getText() === wanted);
});

test("settings count as soon as they are changed", async () => {
  const document = await opened("settings.sh", "kubectl get pods --namspace=prod\n");
  await found(document);
  const config = vscode.workspace.getConfiguration("kai");
  const global = vscode.ConfigurationTarget.Global;
  await config.update("severity.error", "hint", global);
  await until(() => remarks(document)[0]?.severity === vscode.DiagnosticSeverity.Hint);
  await config.update("diagnostics.enabled", false, global);
  await until(() => remarks(document).length === 0);
  await config.update("severity.error", undefined, global);
  await config.update("diagnostics.enabled", undefined, global);
  await until(() => remarks(document)[0]?.severity === vscode.DiagnosticSeverity.Error);
});

test("after a restart everything is there again", async () => {
  const document = await opened("restart.sh", "# ai: pods in prod\nkubectl get pods --namspace=prod\n");
  await found(document);
  await vscode.commands.executeCommand("kai.restart");
  await found(document);
  await offer(document, 0);
});

test("two restarts at a time leave one server", async () => {
  const document = await opened("restarts.sh", "# ai: pods in prod\n");
  const restart = () => vscode.commands.executeCommand("kai.restart");
  await Promise.all([restart(), restart(), restart()]);
  await offer(document, 0);
  const all = (await actions(document, 0)).filter((one) => one.title.startsWith("kai: kubectl"));
  assert.equal(new Set(all.map((one) => one.title)).size, all.length);
});

test("a file of a language that is not read gets nothing", async () => {
  const document = await opened("page.css", "/* ai: pods in prod */\n");
  assert.deepEqual(await actions(document, 0), []);
});

exports.run = async () => {
  const results = {};
  const file = process.env.KAI_TEST_RESULTS;
  for (const [name, body] of TESTS) {
    const started = Date.now();
    try {
      await body();
      results[name] = { ms: Date.now() - started };
    } catch (error) {
      results[name] = { ms: Date.now() - started, error: String(error?.stack ?? error) };
    }
    fs.writeFileSync(file, JSON.stringify(results));
  }
  await vscode.commands.executeCommand("workbench.action.closeAllEditors");
};
