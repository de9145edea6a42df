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
    identity,
    ingress,
    kubeconfig,
    kubeconfig_entries,
    network,
    rbac,
    run,
    served,
    tools,
    wait,
)

INTENTS = (
    *create.INTENTS,
    *create_plain.INTENTS,
    *run.INTENTS,
    *configs.INTENTS,
    *budgets.INTENTS,
    *rbac.INTENTS,
    *network.INTENTS,
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
