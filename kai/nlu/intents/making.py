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
    identity,
    ingress,
    kubeconfig,
    kubeconfig_entries,
    network,
    rbac,
    run,
    wait,
)

INTENTS = (
    *create.INTENTS,
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
    *cluster.INTENTS,
    *wait.INTENTS,
)
