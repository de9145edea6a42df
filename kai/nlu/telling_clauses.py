"""Patches told in whole clauses: a type, a size, a limit or a place with the object it is for.

`svc reports back to ClusterIP`, `hpa of web: min 3 max 12`, `job import should be suspended`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from kai.nlu.intents.patch import FIELDS
from kai.nlu.patterns import Gate
from kai.nlu.patterns import pattern as lazily
from kai.nlu.telling_fields import (
    END,
    NAME,
    NO_NAMES,
    PLACE,
    TEXT,
    VERB,
    field_value,
    nested,
    one_field,
    reference,
    size,
)


def _both(match: re.Match[str]) -> str:
    """`hpa of checkout in shop: min 3 max 12`."""
    limits = {"min": match["low"] or match["low2"], "max": match["high"] or match["high2"]}
    body = nested([(("spec", f"{word}Replicas"), int(number)) for word, number in limits.items()])
    return f"patch hpa/{match['name']}{match['place'] or ''} '{body}'"


def _typed(match: re.Match[str]) -> str:
    value = field_value(match["value"], FIELDS["svctype"].value)
    return f"patch service/{match['name']}{match['place'] or ''} '{nested([(('spec', 'type'), value)])}'"


def _suspended(match: re.Match[str]) -> str:
    kind = "cronjob" if match["kind"].lower().startswith("c") else "job"
    body = nested([(("spec", "suspend"), True)])
    return f"patch {kind}/{match['name']}{match['place'] or ''} '{body}'"


def _resumed(match: re.Match[str]) -> str:
    body = nested([(("spec", "suspend"), False)])
    return f"patch {reference(match)}{match['place'] or ''} '{body}'"


def _scheduled(match: re.Match[str]) -> str:
    when = field_value(match["value"], "cron")
    body = nested([(("spec", "schedule"), when)])
    return f"patch {reference(match)}{match['place'] or ''} '{body}'" if when else ""


def _frozen(match: re.Match[str]) -> str:
    return f"patch {reference(match)}{match['place'] or ''} '{nested([(('immutable',), True)])}'"


def _expandable(match: re.Match[str]) -> str:
    allowed = match["verb"].lower() in ("allow", "enable", "turn on", "permit")
    return f"patch {reference(match)} '{nested([(('allowVolumeExpansion',), allowed)])}'"


def _grown(match: re.Match[str]) -> str:
    body = nested([(FIELDS["size"].path, size(match["value"]))])
    return f"patch pvc/{match['name']}{match['place'] or ''} '{body}'"


def _retained(match: re.Match[str]) -> str:
    body = nested([(FIELDS["reclaim"].path, "Retain")])
    return f"patch pv/{match['name'] or match['front'] or match['other']} '{body}'"


def _history(match: re.Match[str]) -> str:
    body = nested([(FIELDS["revisionlimit"].path, int(match["value"]))])
    return f"patch {reference(match)}{match['place'] or ''} '{body}'"


def _replicas(match: re.Match[str]) -> str:
    body = nested([(("spec", "replicas"), int(match["value"]))])
    return f"patch {reference(match)}{match['place'] or ''} '{body}'"


_POD = ("spec", "template", "spec")


def _container(match: re.Match[str]) -> str:
    """One field of one container: its image, its pull policy."""
    if "policy" not in match.groupdict():
        what, value = "image", match["value"]
    else:
        what, value = (
            "imagePullPolicy",
            {"a": "Always", "i": "IfNotPresent", "n": "Never"}[match["policy"][0].lower()],
        )
    body = nested([((*_POD, "containers"), [{"name": match["container"], what: value}])])
    place = (match["place"] or "") + (match["end"] or "")
    return f"patch {reference(match)}{place} '{body}'"


def _placed(match: re.Match[str]) -> str:
    """Where the pods of a workload may run, by a label of nodes."""
    body = nested([((*_POD, "nodeSelector"), {match["key"]: match["value"]})])
    return f"patch {reference(match)}{match['place'] or ''} '{body}'"


def _selects(match: re.Match[str]) -> str:
    pairs = dict(pair.split("=", 1) for pair in match["pairs"].split(","))
    return f"patch service/{match['name']}{match['place'] or ''} '{nested([(('spec', 'selector'), pairs)])}'"


def _path(match: re.Match[str]) -> str:
    """A field by its path: `patch deploy web spec.paused to true`."""
    text = match["value"]
    value: Any = json.loads(text) if re.fullmatch(r"\d+|true|false", text) else text.strip("\"'")
    return f"patch {reference(match)}{match['place'] or ''} '{nested([(tuple(match['path'].split('.')), value)])}'"


def _default_class(match: re.Match[str]) -> str:
    key = "storageclass.kubernetes.io/is-default-class"
    said = match["no"] is not None or match["none"] is not None
    return f"annotate storageclass {match['name']} {key}={'false' if said else 'true'} overwrite"


_WORKLOAD = r"(?P<kind>deploy(?:ment)?|sts|stateful ?set|ds|daemon ?set)(?:/| )"
_IN = rf"(?P<place>{PLACE})?"
_ENDS = rf"(?P<end>{PLACE})?"
_PAIRS = r"(?P<pairs>[\w./-]+=[\w.-]+(?:,[\w./-]+=[\w.-]+)*)"
_SHOULD = r"(?:should|must|has to|needs to|ought to|shall|may)"
_WHOLE: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (
        rf"{VERB}(?:the )?(?:hpa|autoscaler)(?: of)?(?:/| ){NAME}{_IN}[:,]? (?:to |should be |with |needs )?(?:min(?:imum|replicas)?[ =:]*(?P<low>\d+)[,;]?(?: and)? "
        rf"max(?:imum|replicas)?[ =:]*(?P<high>\d+)|max(?:imum|replicas)?[ =:]*(?P<high2>\d+)[,;]?(?: and)? min(?:imum|replicas)?[ =:]*(?P<low2>\d+))(?: replicas| pods)?",
        _both,
    ),
    (
        rf"{VERB}(?:the )?(?:svc|service)(?:/| ){NAME}{_IN}(?:[:,] | (?:is |goes |has )?(?:back )?(?:to |into |as |{_SHOULD} (?:be|become) |(?=back ))(?:be )?)"
        r"(?:back to )?(?:of )?(?:type |an? )?(?P<value>load ?balancer|lb|node ?port|cluster ?ip)(?: again| now)?",
        _typed,
    ),
    (
        rf"(?:(?:have|keep|put|get|set|leave) )(?:the )?(?P<kind>cron ?job|cj|job) {NAME}{_IN} (?:suspended|paused|on hold|to suspended|as suspended)",
        _suspended,
    ),
    (
        rf"(?:the )?(?P<kind>cron ?job|cj|job) {NAME}{_IN}(?: {_SHOULD} (?:be |go |get )?(?:suspended|paused|on hold|pause|put on hold)| goes on hold|[:,-]+ ?(?:please |pls )?(?:suspend|pause)(?: it)?)",
        _suspended,
    ),
    (
        rf"(?:please |pls )?(?:resume|unsuspend|unpause|reactivate|continue|restart suspended) (?:the )?(?P<kind>job) {NAME}{_IN}",
        _resumed,
    ),
    (
        rf"(?:the )?(?P<kind>cron ?job|cj|job) {NAME}{_IN} {_SHOULD} (?:be (?:resumed|unsuspended|active again|unpaused|reactivated)|resume|run again|no longer be suspended)",
        _resumed,
    ),
    (
        rf"(?:please |pls )?re-?schedule (?:the )?(?P<kind>cron ?job|cj) {NAME}{_IN} (?:to|at|for|as) (?:run )?{TEXT}",
        _scheduled,
    ),
    (
        rf"(?:the )?(?P<kind>cron ?job|cj) {NAME}{_IN}[:,]? (?:(?:{_SHOULD}|has|is|to|must) )?(?:to )?(?:run|runs|fire|fires|be run|execute|executes|start|starts|go|trigger)(?: only)? (?:at |on )?{TEXT}(?: from now on| instead| only)?",
        _scheduled,
    ),
    (
        rf"(?:(?:make|set|mark|lock) )?(?:the )?(?P<kind>cm|config ?map|secret) {NAME}{_IN}(?: as| to)?(?:[:,]| {_SHOULD} be(?:come)?)? immutable",
        _frozen,
    ),
    (
        r"(?P<verb>allow|enable|turn on|permit|disallow|disable|turn off|forbid) (?:the )?(?:volume )?expansion (?:on|for|of|in) (?:the )?(?P<kind>sc|storage ?class) "
        rf"{NAME}",
        _expandable,
    ),
    (rf"(?:please |pls )?suspend (?:the )?(?P<kind>job) {NAME}{_IN}", _suspended),
    (
        rf"{VERB}(?:the )?(?:pvc|claim|persistent ?volume ?claim) {NAME}{_IN}(?:[:,] ?(?:to )?| (?:to|up to|needs|wants|{_SHOULD} (?:be|have|become|grow to)) )"
        r"(?P<value>\d+ ?(?:gi|gb|g|ti|tb|t|mi|mb))",
        _grown,
    ),
    (
        r"(?:the )?(?:(?:pv|persistent ?volume|volume) (?P<name>[a-z0-9][\w.-]*) (?:should|must|has to|needs to) be (?:retained|kept)|(?:pv|persistent ?volume) (?P<other>[a-z0-9][\w.-]*)[:,] ?retain|(?:please )?retain (?:the )?pv (?P<front>[a-z0-9][\w.-]*))"
        r"(?:,? \(?(?:set |change |patch )?(?:its |the )?(?:reclaim ?policy|persistentVolumeReclaimPolicy)(?: accordingly| to retain)?\)?)?",
        _retained,
    ),
    (
        rf"(?:keep|retain|leave|hold)(?: only| just| at most| no more than)? (?P<value>\d+) (?:old |past |previous )?(?:replica ?sets|rs|revisions|versions)(?: around| in history)? (?:of|for) (?:the )?{_WORKLOAD}{NAME}{_IN}(?: around)?(?:,? \(?revision ?history ?limit\)?)?",
        _history,
    ),
    (
        rf"patch (?:the )?(?P<kind>deploy(?:ment)?|sts|stateful ?set|rs|replica ?set)(?:/| ){NAME}{_IN},? (?:(?:so (?:that )?it has|to have|to|with|so it runs|to run) )?(?P<value>\d+) (?:replicas?|copies|instances|pods)",
        _replicas,
    ),
    (
        rf"patch (?:the )?(?P<kind>deploy(?:ment)?|sts|stateful ?set|rs|replica ?set)(?:/| ){NAME}{_IN}[:,]? (?:set |with )?(?:the )?(?:spec\.)?(?:replicas|replica count)(?: to| =|:|=)? ?(?P<value>\d+)",
        _replicas,
    ),
    (
        rf"patch (?:the )?image of (?:the )?{_WORKLOAD}{NAME}{_IN},? (?:container |in container |for container )(?P<container>[a-z0-9-]+),? (?:to|with) (?P<value>[\w./:@-]+[:/][\w./:@-]+){_ENDS}",
        _container,
    ),
    (
        rf"patch (?:the )?{_WORKLOAD}{NAME}{_IN}[:,]? (?:(?:so (?:that )?)?container )(?P<container>[a-z0-9-]+)(?: uses| to(?: use)?|:)? (?:image )?(?P<value>[\w./:@-]+[:/][\w./:@-]+){_ENDS}",
        _container,
    ),
    (
        rf"{VERB}(?:the )?(?:image ?)?pull ?policy(?: to| =|:|=)? ?(?P<policy>always|ifnotpresent|if not present|never) (?:for|on|of|in) (?:the )?container (?P<container>[a-z0-9-]+) (?:of|in|on) (?:the )?{_WORKLOAD}{NAME}{_IN}{_ENDS}",
        _container,
    ),
    (
        rf"{VERB}(?:the )?(?:image ?)?pull ?policy (?:for|on|of|in) (?:the )?container (?P<container>[a-z0-9-]+) (?:of|in|on) (?:the )?{_WORKLOAD}{NAME}{_IN}(?: to| =|:|=| should be| is)? (?P<policy>always|ifnotpresent|never){_ENDS}",
        _container,
    ),
    (
        rf"(?:the )?{_WORKLOAD}{NAME}{_IN}[:,]? (?:{_SHOULD} )?(?:only )?(?:run|land|be scheduled|stay|live)(?: only)? (?:on )?(?:nodes? |workers? )?(?:with |having |labell?ed |where |that have |in )(?:label )?(?P<key>[\w./-]+)=(?P<value>[\w.-]+)(?: only)?",
        _placed,
    ),
    (
        rf"(?:the )?{_WORKLOAD}{NAME}{_IN}[:,]? {_SHOULD} (?:only )?run (?:only )?on (?:arch|os|zone|disk|pool|nodes of) (?P<value>[\w.-]+),? \(?(?:via |by |with |use |using )?node ?selector (?P<key>[\w./-]+)\)?",
        _placed,
    ),
    (
        rf"{VERB}(?:a |the )?node ?selector (?P<key>[\w./-]+)[=:] ?(?P<value>[\w.-]+) (?:on|for|to|of|in) (?:the )?{_WORKLOAD}{NAME}{_IN}",
        _placed,
    ),
    (
        rf"(?:the )?{_WORKLOAD}{NAME}{_IN}(?::|,| needs| wants| {_SHOULD} (?:have|get|use)) (?:a |the )?node ?selector (?P<key>[\w./-]+)[=:] ?(?P<value>[\w.-]+)",
        _placed,
    ),
    (
        rf"patch (?:the )?(?:svc|service)(?:/| ){NAME}{_IN}(?:'s|,|:)? (?:with |so (?:the|its) )?(?:the )?selector(?: to| =|:| is)? ?{_PAIRS}",
        _selects,
    ),
    (
        rf"(?:the )?(?:svc|service)(?:/| ){NAME}{_IN}(?:'s|,|:)? selector(?: to| =|:| should be)? ?{_PAIRS},? (?:by|via|with|using)(?: an?)? patch",
        _selects,
    ),
    (
        rf"patch (?:the )?(?P<kind>[a-z]+)(?:/| ){NAME}{_IN}[:,]? (?:with |set |so (?:that )?|setting )?(?:the )?(?:field )?(?P<path>spec(?:\.[a-zA-Z]+)+)(?: ?[=:] ?| to | is | becomes | )(?P<value>\d+|true|false|[A-Z]\w+|\"[^\"]+\")",
        _path,
    ),
    (
        rf"(?:the )?(?:sc |storage ?class )?{NAME} (?:(?:{_SHOULD}|is to) (?P<no>not |no longer |never )?be|(?P<none>no longer|not)) (?:the )?default (?:storage ?class|sc|class)(?: any ?more| any longer| now)?",
        _default_class,
    ),
)


_HINTS: dict[Callable[[re.Match[str]], str], tuple[str, ...]] = {
    _both: ("min",),
    _typed: ("balancer", " lb", "node port", "nodeport", "cluster ip", "clusterip"),
    _suspended: ("suspend", "pause", "hold"),
    _resumed: ("resum", "suspend", "pause", "activ", "continue", "run again"),
    _scheduled: ("job", "cj "),
    _frozen: ("immutable",),
    _expandable: ("expansion",),
    _grown: ("pvc", "claim"),
    _retained: ("retain", "kept"),
    _history: ("keep", "retain", "leave", "hold"),
    _replicas: ("patch",),
    _container: ("image", "policy", "patch"),
    _placed: ("nodes", "selector", "run", "land", "scheduled", "stay", "live"),
    _selects: ("patch",),
    _path: ("patch",),
    _default_class: ("default",),
}
"""What a clause of each sort cannot do without: the others need not be compiled."""


@lru_cache(maxsize=len(_WHOLE))
def _whole(number: int) -> re.Pattern[str]:
    return re.compile(rf"^{_WHOLE[number][0]}{END}$", re.IGNORECASE)


_FIRST = lazily(
    r"(?:which|what|whats|what's|who|where|how|is|are|does|do|show|list|get|find|any|give me the|describe|explain|count|see|"
    r"create|run|autoscale|why|when|check|can|did|has|watch|expose)\b",
    re.IGNORECASE,
)
_MARKS = Gate(
    r"type|polic|size|storage|\bm(?:ax|in)|ceiling|floor|limit|bound|schedul|expression|timing|affin|grace|deadline|ttl|"
    r"ready ?sec|history|mount|priority|class|host ?net|expansion|parallel|completions|partition|surge|unavail|avail|"
    r"balancer|node ?port|cluster ?ip|\blb\b|suspend|pause|hold|pvc|claim|retain|keep|patch|node ?selector|nodes|nodes? ?label|"
    r"default|run on|backoff|concurrency|resum|unpause|continue|reactivat|immutable|\bruns?\b|\bfires?\b|\bexecutes?\b"
)
_POLITE = lazily(r"^(?:(?:please|pls|plz|hey|hi|ok|so|can you|could you|kai)[, ]+)+", re.IGNORECASE)
_MOST = 200
"""Characters: what is told in one clause is shorter."""


def told_field(request: str) -> str:
    """The request as a patch with its JSON; "" for any that tells no field in one whole clause."""
    if len(request) > _MOST or not _MARKS.search(request):
        return ""
    text = _POLITE.sub("", request.strip())
    if _FIRST.match(text):
        return ""
    low = text.lower()
    for number, (_, put) in enumerate(_WHOLE):
        if not any(hint in low for hint in _HINTS[put]):
            continue
        match = _whole(number).match(text)
        if match and (match.groupdict().get("name") or "").lower() not in NO_NAMES:
            return put(match) or one_field(text)
    return one_field(text)
