"""Names, labels, images and ports as the API machinery reads them.

Sources: k8s.io/apimachinery/pkg/util/validation (IsQualifiedName, IsValidLabelValue,
IsDNS1123Subdomain, IsDNS1123Label, IsDNS1035Label, IsEnvVarName), distribution/reference for images.
"""

from __future__ import annotations

import re

from kai.model import Level
from kai.validators.faults import Fault
from kai.validators.placeholders import is_open

_PART = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_DNS1035 = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")
_PATH_NAME = re.compile(r"[^/%]+")
_ENV = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_IMAGE = re.compile(
    r"(?:(?:localhost|[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9][A-Za-z0-9-]*)*|\[[0-9a-fA-F:]+\])"
    r"(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?"
)
_SHORT, _LONG, _LABEL_SIZE, _SERVICE_SIZE = 63, 253, 63, 63


def label_key(key: str) -> Fault | None:
    """`app`, `app.kubernetes.io/name`: an optional DNS name, a slash, a name of up to 63."""
    prefix, slash, name = key.rpartition("/")
    if slash and (not prefix or len(prefix) > _LONG or not _SUBDOMAIN.fullmatch(prefix)):
        return Fault(f"'{prefix}' is no DNS name in lower case", 0, max(len(prefix), 1))
    start = len(prefix) + len(slash)
    if not name or not _PART.fullmatch(name):
        message = f"'{name}' is no label key: letters, digits, '-', '_' and '.' only"
        return Fault(message, start, len(key))
    if len(name) > _SHORT:
        return Fault(f"a label key has at most {_SHORT} characters", start, len(key))
    return None


def annotation_key(key: str) -> Fault | None:
    """As a label key; capitals in the DNS name are let through."""
    fault = label_key(key.lower())
    if fault is None:
        return None
    return Fault(fault.message.replace("label key", "annotation key"), fault.start, fault.end)


def label_value(value: str) -> Fault | None:
    """Up to 63 letters, digits, '-', '_' and '.', or nothing."""
    if not value:
        return None
    if not _PART.fullmatch(value):
        message = (
            f"'{value}' is no label value: letters, digits, '-', '_' and '.', no sign at the ends"
        )
        return Fault(message, 0, len(value))
    if len(value) > _SHORT:
        return Fault(f"a label value has at most {_SHORT} characters", 0, len(value))
    return None


def env_name(name: str) -> Fault | None:
    """A variable's name; dots and dashes are allowed, digits in front are not."""
    if _ENV.fullmatch(name) and name not in (".", "..") and not name.startswith("../"):
        return None
    return Fault(f"'{name}' is no name of a variable", 0, len(name))


def config_key(name: str) -> Fault | None:
    """A key of a ConfigMap or a Secret."""
    if _CONFIG_KEY.fullmatch(name) and name not in (".", "..") and len(name) <= _LONG:
        return None
    return Fault(f"'{name}' is no key: letters, digits, '-', '_' and '.' only", 0, len(name))


def image(text: str) -> Fault | None:
    """`nginx`, `registry:5000/team/web:1.2@sha256:...`."""
    if _IMAGE.fullmatch(text):
        return None
    lowered = text.lower()
    new = lowered if _IMAGE.fullmatch(lowered) and ":" not in text else None
    return Fault(f"'{text}' is no image; write NAME:TAG, the name in lower case", 0, None, new)


def image_to_store(text: str) -> Fault | None:
    """An image that kubectl and the server store as it is, and that no node can ever pull."""
    fault = image(text)
    if fault is None:
        return None
    return Fault(fault.message, fault.start, fault.end, fault.new, Level.WARNING)


def namespace_name(text: str) -> Fault | None:
    """The name of a namespace: a DNS label."""
    if _LABEL.fullmatch(text) and len(text) <= _LABEL_SIZE:
        return None
    new = text.lower() if _LABEL.fullmatch(text.lower()) and len(text) <= _LABEL_SIZE else None
    message = f"'{text}' is no name of a namespace: lower case letters, digits and '-' only"
    return Fault(message, 0, None, new)


def namespace_meant(text: str) -> Fault | None:
    """The namespace that a command is about: kubectl takes any text, and finds nothing there."""
    fault = namespace_name(text)
    if fault is None or is_open(text):
        return None
    return Fault(fault.message, 0, None, fault.new, Level.WARNING)


def service_name(text: str) -> Fault | None:
    """The name of a service: a DNS label that begins with a letter."""
    if _DNS1035.fullmatch(text) and len(text) <= _SERVICE_SIZE:
        return None
    message = (
        f"'{text}' is no name of a service: lower case letters, digits and '-', a letter first"
    )
    return Fault(message)


def object_name(text: str) -> Fault | None:
    """The name of most objects: a DNS name in lower case."""
    if _SUBDOMAIN.fullmatch(text) and len(text) <= _LONG:
        return None
    lowered = text.lower().replace("_", "-")
    new = lowered if _SUBDOMAIN.fullmatch(lowered) and len(text) <= _LONG else None
    message = f"'{text}' is no name: lower case letters, digits, '-' and '.' only"
    return Fault(message, 0, None, new)


def path_name(text: str) -> Fault | None:
    """The name of roles and bindings, which may hold capitals and colons."""
    if _PATH_NAME.fullmatch(text) and text not in (".", ".."):
        return None
    return Fault(f"'{text}' is no name: '/' and '%' cannot be in it")
