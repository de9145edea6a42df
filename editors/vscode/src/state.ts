/** What the status bar says. Knows nothing of the editor, so that it is tested without one. */

export type Phase = "starting" | "ready" | "untrusted" | "missing" | "failed" | "stopped";

/** The model that answers. */
export interface Model {
  readonly name: string;
  /** "none": there is none; "off": it is not asked here; "cold", "loading" or "warm". Later servers
   *  may know more. */
  readonly state: string;
  /** One line for people, or empty. */
  readonly detail: string;
}

/** What commands would meet and who answers, as the server says it (`kai/status`). */
export interface Standing {
  readonly context: string;
  readonly namespace: string;
  /** Whether the context is one of those that the user wants to be careful with. */
  readonly protected: boolean;
  readonly model: Model;
  /** Why the context or the settings cannot be read; else empty. */
  readonly problem: string;
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

/** What the item says of the model; nothing where there is none. */
const SHOWN: Record<string, string> = {
  cold: "$(circle-outline) cold",
  loading: "$(loading~spin) loading",
  warm: "$(circle-filled) warm",
};

/** The item's text and what is shown where the pointer rests on it; a protected context is coloured. */
export function labelled(phase: Phase, standing?: Standing): Label {
  const label = SAID[phase];
  if ((phase !== "ready" && phase !== "untrusted") || standing === undefined) {
    return label;
  }
  const { model, problem } = standing;
  const icon = standing.protected ? "$(shield)" : label.text.split(" ")[0];
  const place = standing.context
    ? [standing.context, standing.namespace].filter(Boolean).map(plain).join("/")
    : "";
  const lines = [label.tooltip, ...explained(standing), "Click for what kai can do here"];
  return {
    text: [problem ? "$(warning)" : icon, "kai", place, SHOWN[model.state]]
      .filter(Boolean)
      .join(" "),
    tooltip: lines.join("\n"),
    colour: standing.protected || problem ? "warning" : undefined,
  };
}

/** The standing in lines of words. */
export function explained({ context, namespace, model, problem, ...rest }: Standing): string[] {
  const lines = [
    context
      ? `context ${context}${rest.protected ? ", which is protected" : ""}`
      : "no current context",
    namespace && `namespace ${namespace}`,
    model.state === "none"
      ? "no model: kai answers from what it knows by itself"
      : `${["model", model.name].join(" ").trim()}: ${model.state}${model.detail && ` (${model.detail})`}`,
    problem && `problem: ${problem}`,
  ];
  return lines.filter(Boolean);
}

/** A name from a kubeconfig, which is somebody's text: no icon and not too long. */
function plain(name: string): string {
  const line = name.replaceAll("$(", "$ (");
  return line.length <= 40 ? line : `${line.slice(0, 37)}...`;
}

/** What a server told of its standing; undefined where it is nothing of the kind. */
export function standing(given: unknown): Standing | undefined {
  if (typeof given !== "object" || given === null) {
    return undefined;
  }
  const { context, namespace, problem, ...rest } = given as Record<string, unknown>;
  const model = typeof rest.model === "object" && rest.model !== null ? rest.model : {};
  const { name, state, detail } = model as Record<string, unknown>;
  return {
    context: text(context),
    namespace: text(namespace),
    protected: rest.protected === true,
    model: {
      name: text(name),
      state: text(state) || "none",
      detail: text(detail),
    },
    problem: text(problem),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
