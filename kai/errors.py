"""Why kai could not answer.

Verdicts about a command are data (`kai.model.Finding`); an exception means that no answer could
be given at all. The tree, with each class's exit code::

    KaiError                  1
    ├── UsageError            2   the command line or the input file is wrong
    ├── ConfigError           2   the config file, a KAI_* variable or a flag is wrong
    ├── KubeconfigError       1   a kubeconfig file cannot be read
    ├── KubectlError          1   the installed kubectl cannot be used
    │   ├── KubectlMissing    1   there is none
    │   ├── KubectlTooOld     1   it is older than the oldest supported one
    │   └── KubectlTimeout    1   it did not end before our deadline
    ├── TableError            1   a table that ships with kai cannot be read
    ├── StoreError            1   a store on disk cannot be used and the caller insisted on it
    ├── ProviderError         1   a model could not be asked
    │   ├── ModelUnreachable  1   nothing listens at its address
    │   ├── ModelMissing      1   the server has no model of that name
    │   ├── ModelBusy         1   the server has too much to do, or too little memory
    │   ├── ModelTimeout      1   it did not answer before our deadline
    │   ├── ModelBroken       1   what it answered cannot be read
    │   └── ModelForbidden    1   the settings or the server's keys do not allow it
    └── DaemonError           1   the daemon could not be started, reached or stopped

Every message is one line for a person and says what to do next.
"""

from __future__ import annotations


class KaiError(Exception):
    """Base of everything kai raises on purpose; `exit_code` is the process status it maps to."""

    exit_code = 1


class UsageError(KaiError):
    """The command line or an input file is wrong; the message says which part."""

    exit_code = 2


class ConfigError(KaiError):
    """A setting is wrong; the message names file or variable, key and the nearest valid key."""

    exit_code = 2


class KubeconfigError(KaiError):
    """A kubeconfig file exists and cannot be read or parsed."""


class KubectlError(KaiError):
    """The installed kubectl cannot be used."""


class KubectlMissing(KubectlError):
    """No kubectl was found on the search path."""


class KubectlTooOld(KubectlError):
    """The kubectl found is older than the oldest version kai has a table for."""


class KubectlTimeout(KubectlError):
    """kubectl did not end before our own deadline; its process group was killed."""


class TableError(KaiError):
    """A data table of the package is missing or damaged: the installation is broken."""


class StoreError(KaiError):
    """A store on disk cannot be used, and the caller asked for exactly that store."""


class ProviderError(KaiError):
    """A model could not be asked or did not answer usefully."""


class ModelUnreachable(ProviderError):
    """Nothing listens at the endpoint's address, or the connection broke before an answer."""


class ModelMissing(ProviderError):
    """The server has no model of that name; `model` is the name."""

    def __init__(self, message: str, model: str = "") -> None:
        super().__init__(message)
        self.model = model


class ModelBusy(ProviderError):
    """The server has too many requests, or not the memory for the model."""


class ModelTimeout(ProviderError):
    """The server did not say anything before our own deadline."""


class ModelBroken(ProviderError):
    """The server broke off, or what it said is not an answer in its own format."""


class ModelForbidden(ProviderError):
    """The settings do not let a request go there, or the server does not take our key."""


class DaemonError(KaiError):
    """The daemon, or the folder its socket lives in, cannot be used; the message says why."""
