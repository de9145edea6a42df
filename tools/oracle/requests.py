"""Which requests change nothing: reads, dry runs, and reviews of one's own access."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs

from tests.fake_api_server import Sent

_OWN_ACCESS = re.compile(
    r"/apis/(?:authorization|authentication)\.k8s\.io/v[0-9a-z]+/"
    r"selfsubject(?:access|rules)?reviews"
)
_WAY_IN = re.compile(r"/(?:exec|attach|portforward|proxy)(?:/|$)")
"""Sub-resources that open a way into the cluster even by GET: newer kubectls exec over one."""
_OBJECTS = re.compile(r"/apis?/")
_DRY = b"\x2a\x03All"
"""Field 5 of a DeleteOptions, dryRun, as protobuf writes it (k8s.io/apimachinery meta/v1)."""


def changes_something(sent: Sent) -> bool:
    """Whether a real API server might change something, or open a way in, because of a request."""
    if sent.method in ("GET", "HEAD"):
        return bool(_OBJECTS.match(sent.path) and _WAY_IN.search(sent.path))
    if sent.method == "POST" and _OWN_ACCESS.fullmatch(sent.path):
        return False
    return not is_dry(sent)


def is_dry(sent: Sent) -> bool:
    """Whether a request asks for a dry run: every value of dryRun in the query or the body is All.

    An eviction has it in the options it carries; a DELETE in its body.
    """
    asked = parse_qs(sent.query, keep_blank_values=True).get("dryRun", [])
    if asked:
        return asked == ["All"]
    if sent.method != "DELETE" and not sent.path.endswith("/eviction"):
        return False
    try:
        body = json.loads(sent.body)
    except ValueError:
        return _DRY in sent.body and sent.body.startswith(b"k8s\x00")
    if not isinstance(body, dict):
        return False
    options = body.get("deleteOptions", body)
    return isinstance(options, dict) and options.get("dryRun") == ["All"]
