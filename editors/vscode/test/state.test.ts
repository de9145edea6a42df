import assert from "node:assert/strict";
import { test } from "node:test";
import { explained, labelled, type Phase, type Standing, standing } from "../src/state";

const none = { name: "", state: "none", detail: "" } as const;
const prod: Standing = {
  context: "prod-eu",
  namespace: "web",
  protected: true,
  model: none,
  problem: "",
};
const dev = { ...prod, protected: false };
const warm = { name: "qwen", state: "warm", detail: "answers in 0.4 s" } as const;

test("A ready kai shows the context and the namespace", () => {
  const label = labelled("ready", dev);
  assert.equal(label.text, "$(check) kai prod-eu/web");
  assert.equal(label.colour, undefined);
});

test("A protected context is coloured and says so", () => {
  const label = labelled("ready", prod);
  assert.equal(label.text, "$(shield) kai prod-eu/web");
  assert.equal(label.colour, "warning");
  assert.match(label.tooltip, /which is protected/);
});

test("A model shows whether it is cold, loads or is warm", () => {
  const text = (state: Standing["model"]["state"]) =>
    labelled("ready", { ...dev, model: { ...warm, state } }).text.replace(/^\S+ kai \S+ ?/, "");
  assert.equal(text("cold"), "$(circle-outline) cold");
  assert.equal(text("loading"), "$(loading~spin) loading");
  assert.equal(text("warm"), "$(circle-filled) warm");
  assert.equal(text("none"), "");
  assert.equal(text("off"), "");
  assert.equal(text("frozen"), "");
});

test("The tooltip says everything, a line each", () => {
  assert.deepEqual(labelled("ready", { ...prod, model: warm }).tooltip.split("\n"), [
    "kai is ready",
    "context prod-eu, which is protected",
    "namespace web",
    "model qwen: warm (answers in 0.4 s)",
    "Click for what kai can do here",
  ]);
});

test("What is not there is said as such", () => {
  assert.deepEqual(explained({ ...dev, context: "", namespace: "" }), [
    "no current context",
    "no model: kai answers from what it knows by itself",
  ]);
  const model = { name: "", state: "cold", detail: "" };
  assert.deepEqual(explained({ ...dev, namespace: "", model }), ["context prod-eu", "model: cold"]);
});

test("Why nothing can be read is shown and coloured", () => {
  const label = labelled("ready", { ...dev, context: "", problem: "config.yaml:3: no such key" });
  assert.equal(label.text, "$(warning) kai");
  assert.equal(label.colour, "warning");
  assert.match(label.tooltip, /problem: config\.yaml:3: no such key/);
});

test("Without a context only the state is shown", () => {
  assert.equal(labelled("ready").text, "$(check) kai");
  assert.equal(labelled("ready", { ...dev, context: "" }).text, "$(check) kai");
});

test("A server that does not run has no context, whatever was heard before", () => {
  const phases: Phase[] = ["starting", "missing", "failed", "stopped"];
  for (const phase of phases) {
    assert.equal(labelled(phase, prod).text, labelled(phase).text);
  }
});

test("A failed server is shown as an error", () => {
  assert.equal(labelled("failed").colour, "error");
});

test("A context's name draws no icon and is cut where it is long", () => {
  assert.equal(
    labelled("ready", { ...dev, context: "$(bug)", namespace: "" }).text,
    "$(check) kai $ (bug)",
  );
  const long = labelled("ready", { ...prod, context: "c".repeat(200) });
  assert.ok(long.text.length < 80);
});

test("What is told in another shape says nothing", () => {
  const nothing = { context: "", namespace: "", protected: false, model: none, problem: "" };
  assert.equal(standing(null), undefined);
  assert.equal(standing("prod"), undefined);
  assert.deepEqual(standing({ context: 3, protected: "yes", model: "warm" }), nothing);
  assert.deepEqual(standing({ context: null, model: { state: 1, name: 4 } }), nothing);
  assert.deepEqual(standing({ ...prod, more: 1 }), prod);
});
