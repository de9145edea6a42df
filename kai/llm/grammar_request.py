"""Which commands a request may mean: so that a model that was asked for a list cannot delete."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["plausible"]

_READ_WORDS = (
    "api-resources api-versions auth certificate cluster-info config describe diff events explain get "
    "kustomize logs plugin top version wait"
)
_READS = frozenset(_READ_WORDS.split())
"""Always possible: what only looks, or is never meant by a word of another command."""

_ASKS = (
    "a[np]y check compare count display examine find give how inspect is are list look number print "
    "see show status tail tell view watch what what's whats when where which who whose why"
)
"""Words with which something is asked for, and nothing is changed."""

# The beginnings of words that speak of a command. A word may speak of several: all are possible.
_CUES = {
    "annotate": "annotat description",
    "apply": "appl manifest file yaml yml json configur deploy push roll kustom creat update prun "
    "chang sync last-applied dir folder directory stdin url http",
    "attach": "attach output",
    "autoscale": "autoscal hpa scal horizontal",
    "completion": "complet autocomplet",
    "cordon": "cordon unschedul schedul maint mark drain disabl block",
    "cp": "cp copy copi download upload fetch transfer file put pull grab",
    "create": "creat add mak new generat set deploy start run job cron secret config namespace role "
    "binding token issue launch spin schedul ingress quota budget account expos grant allow yaml "
    "trigger manual service svc load write bind give load-balanc clusterip nodeport priorit",
    "debug": "debug troubleshoot ephemeral shell busybox inspect attach copy-of sidecar",
    "delete": "delet remov kill destroy drop clean purg wip nuk trash prun rid evict terminat eras "
    "uninstall tear del rm zap discard forc stuck restart bounc recreat reset unstick "
    "clear undeploy stop reboot shut bin",
    "drain": "drain evict evacuat empty maint decommission upgrade off remov",
    "edit": "edit modif chang open vi nano vim update alter editor",
    "exec": "exec run command inside shell bash sh ssh login connect interactiv terminal session "
    "env curl wget ping test jump cat ls hop into enter date ps nslookup dns",
    "expose": "expos service svc port nodeport loadbalanc load front public reach clusterip creat",
    "label": "label tag mark unlabel relabel set add remov chang overwrit updat",
    "patch": "patch updat chang set modif add remov finaliz replac disabl enabl make suspend resum "
    "mark turn switch edit pause increas type convert turn scal put",
    "port-forward": "port forward local tunnel listen access expos reach proxy open",
    "proxy": "proxy api local serv",
    "replace": "replac recreat forc updat overwrit swap file",
    "rollout": "rollout roll restart bounc undo revert revision histor paus resum redeploy reload "
    "previous back deploy refresh recycl unpaus cycle kick status reboot progress wait finish watch",
    "run": "run start creat launch spin deploy busybox nginx temporar throwaway test interactiv "
    "shell debug curl new",
    "scale": "scal replica shrink grow resiz bump reduc increas zero down up stop instanc copies "
    "doubl halv set shut turn",
    "set": "set chang updat imag env variable limit request resource serviceaccount version upgrad "
    "bump memory cpu add remov roll account deploy selector bind unset subject rolebinding grant",
    "taint": "taint untaint reserv dedicat noschedul noexecut repel keep evict remov",
    "uncordon": "uncordon schedul bring back reenabl re-enabl enabl return allow restor put undo",
}


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """A pattern for each command that changes something, and one for questions, under ""."""
    made = [
        (verb, rf"\b(?:{'|'.join(map(re.escape, cues.split()))})") for verb, cues in _CUES.items()
    ]
    asks = rf"\A\W*+(?:{'|'.join(_ASKS.split())})\b"
    return (("", re.compile(asks)), *((verb, re.compile(text)) for verb, text in made))


def plausible(request: str) -> frozenset[str] | None:
    """The commands that a request may mean; None where nothing is ruled out.

    Something is ruled out only where the request says what it wants: with a word that speaks of a
    change, or by beginning as a question does.
    """
    text = request.lower()
    spoken = {verb for verb, pattern in _patterns() if pattern.search(text)}
    if not spoken:
        return None
    return _READS | (spoken - {""})
