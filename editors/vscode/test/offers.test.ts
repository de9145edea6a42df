import assert from "node:assert/strict";
import { test } from "node:test";
import { isExplanation, isOffer, named } from "../src/offers";

test("An edit that puts a command there answers a request", () => {
  assert.ok(isOffer({ title: "kai: kubectl get pods", edit: {} }));
  assert.ok(isOffer({ title: "kai, or: kubectl get pods --all-namespaces", edit: {} }));
});

test("An edit may bring a command that notes that it was taken", () => {
  const command = { command: "kai.taken" };
  assert.ok(isOffer({ title: "kai: kubectl get pods", edit: {}, command }));
  assert.ok(!isOffer({ title: "kai: kubectl get pods", command }));
});

test("Asking the model, and being told why there is no command, answer one too", () => {
  for (const command of ["kai.generate", "kai.say", "kai.apply"]) {
    assert.ok(isOffer({ title: "kai: something", command: { command } }));
  }
});

test("A repair answers no request", () => {
  assert.ok(!isOffer({ title: "kai: write pods for pod", edit: {}, diagnostics: [{}] }));
  assert.ok(!isOffer({ title: "kai: make all 2 repairs of this command", edit: {} }));
});

test("An explanation is found by its command, and answers no request", () => {
  const action = { title: "kai: explain this command", command: { command: "kai.explain" } };
  assert.ok(isExplanation(action));
  assert.ok(!isOffer(action));
  assert.ok(!isExplanation({ title: "kai: explain this command" }));
});

test("What other extensions offer is not ours", () => {
  assert.ok(!isOffer({ title: "Quote this word", edit: {} }));
  assert.ok(!isOffer({ title: "Fix", command: { command: "other.fix" } }));
});

test("In kai's own list an action is not called kai", () => {
  assert.equal(named("kai: kubectl get pods"), "kubectl get pods");
  assert.equal(named("kai, or: kubectl get nodes"), "or: kubectl get nodes");
  assert.equal(named("kaizen: kubectl"), "kaizen: kubectl");
});
