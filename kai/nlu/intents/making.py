"""All intents that make, set up, check access, wait, or talk about kubectl and the cluster."""

from __future__ import annotations

from kai.nlu.intents import (
    access,
    autoscale,
    budgets,
    certificates,
    cluster,
    configs,
    create,
    create_plain,
    expose_spoken,
    identity,
    ingress,
    kubeconfig,
    kubeconfig_entries,
    network,
    rbac,
    run,
    run_spoken,
    served,
    tools,
    wait,
)

INTENTS = (
    *create.INTENTS,
    *create_plain.INTENTS,
    *run.INTENTS,
    *run_spoken.INTENTS,
    *configs.INTENTS,
    *budgets.INTENTS,
    *rbac.INTENTS,
    *network.INTENTS,
    *expose_spoken.INTENTS,
    *ingress.INTENTS,
    *autoscale.INTENTS,
    *kubeconfig.INTENTS,
    *kubeconfig_entries.INTENTS,
    *access.INTENTS,
    *identity.INTENTS,
    *certificates.INTENTS,
    *served.INTENTS,
    *cluster.INTENTS,
    *tools.INTENTS,
    *wait.INTENTS,
)
