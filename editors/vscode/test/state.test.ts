import assert from "node:assert/strict";
import { test } from "node:test";
import { cluster, labelled, type Phase } from "../src/state";

const prod = { context: "prod-eu", namespace: "web", protected: true, model: "" };

test("A ready kai shows the context and the namespace", () => {
  const label = labelled("ready", { ...prod, protected: false });
  assert.equal(label.text, "$(check) kai prod-eu/web");
  assert.equal(label.colour, undefined);
});

test("A protected context is coloured and says so", () => {
  const label = labelled("ready", prod);
  assert.equal(label.colour, "warning");
  assert.match(label.tooltip, /which is protected/);
});

test("Without a context only the state is shown", () => {
  assert.equal(labelled("ready").text, "$(check) kai");
  assert.equal(labelled("ready", { ...prod, context: "" }).text, "$(check) kai");
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
    labelled("ready", { ...prod, protected: false, context: "$(bug)", namespace: "" }).text,
    "$(check) kai $ (bug)",
  );
  const long = labelled("ready", { ...prod, context: "c".repeat(200) });
  assert.ok(long.text.length < 80);
});

test("An answer of another shape is no cluster", () => {
  assert.equal(cluster(null), undefined);
  assert.equal(cluster("prod"), undefined);
  assert.deepEqual(cluster({ context: 3, protected: "yes" }), {
    context: "",
    namespace: "",
    protected: false,
    model: "",
  });
  assert.deepEqual(cluster({ ...prod, more: 1 }), prod);
});
