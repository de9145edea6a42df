/** What the status bar says. Knows nothing of the editor, so that it is tested without one. */

export type Phase = "starting" | "ready" | "untrusted" | "missing" | "failed" | "stopped";

/** What commands would meet, as the server says it (`kai/status`). */
export interface Cluster {
  readonly context: string;
  readonly namespace: string;
  /** Whether the context is one of those that the user wants to be careful with. */
  readonly protected: boolean;
  /** "cold", "warm" or empty. */
  readonly model: string;
}

export interface Label {
  readonly text: string;
  readonly tooltip: string;
  readonly colour: "warning" | "error" | undefined;
}

const SAID: Record<Phase, Label> = {
  starting: {
    text: "$(loading~spin) kai",
    tooltip: "kai: the language server is starting",
    colour: undefined,
  },
  ready: { text: "$(check) kai", tooltip: "kai is ready", colour: undefined },
  untrusted: {
    text: "$(workspace-untrusted) kai",
    tooltip: "kai is ready; in a workspace that is not trusted it starts no kubectl and no model",
    colour: undefined,
  },
  missing: {
    text: "$(cloud-download) kai",
    tooltip: "kai: the language server kai-lsp was not found",
    colour: "warning",
  },
  failed: {
    text: "$(error) kai",
    tooltip: "kai: the language server has failed; its log says why",
    colour: "error",
  },
  stopped: { text: "$(circle-slash) kai", tooltip: "kai is stopped", colour: undefined },
};

/** The item's text; a protected context is coloured. */
export function labelled(phase: Phase, cluster?: Cluster): Label {
  const label = SAID[phase];
  if ((phase !== "ready" && phase !== "untrusted") || cluster === undefined || !cluster.context) {
    return label;
  }
  const icon = cluster.protected ? "$(shield)" : label.text.split(" ")[0];
  const place = [cluster.context, cluster.namespace].filter(Boolean).map(plain).join("/");
  const lines = [
    label.tooltip,
    `context ${cluster.context}${cluster.protected ? ", which is protected" : ""}`,
    cluster.namespace && `namespace ${cluster.namespace}`,
    cluster.model && `model: ${cluster.model}`,
  ];
  return {
    text: `${icon} kai ${place}`,
    tooltip: lines.filter(Boolean).join("; "),
    colour: cluster.protected ? "warning" : undefined,
  };
}

/** A name from a kubeconfig, which is somebody's text: no icon and not too long. */
function plain(name: string): string {
  const line = name.replaceAll("$(", "$ (");
  return line.length <= 40 ? line : `${line.slice(0, 37)}...`;
}

/** What a server answered to `kai/status`; undefined where it is no such answer. */
export function cluster(given: unknown): Cluster | undefined {
  if (typeof given !== "object" || given === null) {
    return undefined;
  }
  const { context, namespace, model, ...rest } = given as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return {
    context: text(context),
    namespace: text(namespace),
    protected: rest.protected === true,
    model: text(model),
  };
}
