"""The only place that names concrete classes: settings in, an engine and its parts out.

Everything is built when it is first needed: a kept answer does not load the lexicon, a built-in one
without a kubeconfig does not look for YAML, and nothing of a model is loaded before one is asked.
"""

from kai.wiring.engine import LEXICON, build_engine
from kai.wiring.model import build_model
from kai.wiring.parts import (
    build_cache,
    build_context,
    build_examiner,
    build_flag_lookup,
    build_journal,
    build_judge,
    build_kubeconfig,
    build_kubectl,
    build_limits,
    build_live,
    build_names,
    build_policies,
    learn_version,
)

__all__ = [
    "LEXICON",
    "build_cache",
    "build_context",
    "build_engine",
    "build_examiner",
    "build_flag_lookup",
    "build_journal",
    "build_judge",
    "build_kubeconfig",
    "build_kubectl",
    "build_limits",
    "build_live",
    "build_model",
    "build_names",
    "build_policies",
    "learn_version",
]
