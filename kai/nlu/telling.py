"""Changes of labels and annotations told by how things should be, in the engine's own words.

`ns sandbox should carry a=b`, `pvcs of app=db: label backup=daily`, `swap the color label of deploy
web from blue to green`: each shape names an object, what it is to have, and nothing else. The
request that follows from it is read as any other, so that every word of the object must still be
explained; whatever is no whole shape is left as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from kai.nlu.patterns import pattern as lazily

_PAIR = r"[a-z0-9][\w./-]*=(?:\"[^\"]*\"|'[^']*'|[^\s,;()=?]*[^\s,;()=.?])"
_PAIRS = rf"(?P<pairs>{_PAIR}(?:(?:,? and |, ?| ?& ?| plus | ){_PAIR})*)"
_KEY = r"[\"'`]?(?P<key>[A-Za-z0-9][\w./-]*)[\"'`]?"
_KEYS = r"(?P<keys>[A-Za-z0-9][\w./-]*(?:(?:, | and |, and | & )[A-Za-z0-9][\w./-]*)*)"
_VALUE = r"(?P<value>\"[^\"]+\"|'[^']+'|[A-Za-z0-9][\w.-]*)"
_NOUN = r"(?P<noun>labels?|annotations?|tags?)"
_OBJECT = r"(?P<object>\S.*?)"
_VERB = (
    r"(?:please |pls |plz |just |then |also )*(?P<verb>label|tag|annotate|labels?:?|annotations?:?|"
    r"(?:put|set|add|stick|slap|apply|attach)(?: on)?)"
)
_THEM = (
    r"(?:(?: (?:on|to|onto))? (?:them|it|those|these|all of them|all of those|each|each of them|"
    r"every one of them|all|the lot|both|both of them|any of them))?"
)
_A_LABEL = r"(?:(?: (?:a|an|the|new|this|these|following))* (?P<noun>labels?|annotations?|tags?))?"
_MUST = (
    r"(?:all |each |both |really |now |also )?(?:should|must|needs?|wants?|requires?|gets|get(?= (?:the |an? )?(?:new )?(?:label|annotation|tag))|ought|shall|"
    r"has to|have to|is to|are to|is supposed to|are supposed to|deserves?)(?: to)?(?: all| each| both| also| "
    r"now| really)*(?: (?:get|have|carry|bear|receive|wear|show|hold|be given|be (?:labell?ed|tagged|"
    r"annotated|marked)))?"
)
_OVER = (
    r"(?P<over>,? ?\(?(?:please |pls |and )?(?:replace|replacing|overwrite|overwriting|override|overriding) "
    r"(?:the |any |its |what is |whats )?(?:current|existing|old|present|previous|set)? ?"
    r"(?:values?|ones?|labels?|annotations?|setting|whatever is there|there)?(?: if (?:needed|necessary|there is one|set))?\)?"
    r"|,? ?\(?(?:but |and )?(?:there(?:'s| is| was)|theres|one is|it is|its|it's|one exists|it exists|it has|"
    r"(?:it |they )?already (?:has|have)|they have)(?: one| a value| some value)?(?: there)? ?(?:already|set|there)?"
    r"(?: already| set)?\)?"
    r"|,? ?\(?(?:it'?s|it is|they'?re|they are|it was|it says|its value is|was|currently|now|today) (?:currently |now )?"
    r"[\w.-]+(?: right now| now| currently| atm| at the moment| today| already)?\)?)?"
)
_END = r"(?:,? (?:please|pls|plz|thanks|thx|ta|cheers))?[.! ]*"
_ASKS = lazily(
    r"(?:what|which|who|whose|where|how|why|when|is|are|do|does|did|list|show|get|find|see|display|describe|"
    r"count|any|give me|grep|logs?|events?|tail|top|if|unless|create|run|make|new|delete|remove|drain|"
    r"restart|scale|kill|taint|untaint|expose|watch|check|search|look|wait)\b",
    re.IGNORECASE,
)
_NEGATED = lazily(
    r"\b(?:not|no|never|don'?t|doesn'?t|without|except|exc\w*pt|unless|if|only|but|other|rest|than|when|"
    r"while|until|instead|excluding|besides|apart|minus|if|older|newer|some|half|first|last|env|variable|"
    r"taint\w*|image|args?|data|quota|limits?|requests?|literals?|configmap with|secret with|selector|"
    r"nodeselector|patch\w*)\b",
    re.IGNORECASE,
)
"""What makes an object no plain one, or the pairs something else than labels."""
_KIND = lazily(
    r"\b(?:pods?|po|deploy(?:ment)?s?|svcs?|services?|nodes?|workers?|namespaces?|ns|pvcs?|pvs?|sts|stateful ?sets?|"
    r"ds|daemon ?sets?|jobs?|cronjobs?|cj|secrets?|cms?|config ?maps?|ing|ingress(?:es)?|hpas?|sas?|"
    r"service ?accounts?|rs|replica ?sets?|crds?|storage ?class(?:es)?|sc|pdbs?|netpols?|network ?policy|"
    r"network ?policies|endpoints|quotas?|roles?|rolebindings?|clusterroles?|persistent ?volume ?claims?|"
    r"persistent ?volumes?)(?:\b|/)",
    re.IGNORECASE,
)
_PLURAL = (
    r"(?:pods|deploy(?:ment)?s|svcs|services|nodes|workers|namespaces|pvcs|pvs|sts|stateful ?sets|daemon ?sets|"
    r"jobs|cronjobs|secrets|cms|config ?maps|ingresses|hpas|sas|service ?accounts|replica ?sets|crds|"
    r"netpols|network ?policies|persistent ?volume ?claims|persistent ?volumes|replicas)"
)
_CHOSEN = lazily(
    rf"(?P<kind>\b{_PLURAL})(?P<place>(?: (?:in|of|from)(?: the)? (?!\S*=)(?:ns |namespace )?[a-z0-9-]+(?: namespace| ns)?| "
    r"(?:across|in) (?:all|every) (?:namespaces?|ns)| in every ns)?),? "
    r"(?:(?:that|which|who) )?(?:have|has|carry|carries|bear|with|w/|having|carrying|in|of|from|for|where|whose|"
    r"matching|match|labell?ed|tagged|are|are in|selected by|behind)"
    rf"(?: (?:the |a )?(?:label|labels|tag|selector|pool|group))?(?: with| as)? (?P<by>{_PAIR})",
    re.IGNORECASE,
)
_MANY = lazily(
    rf"(?:the |our |my )?{_PLURAL}(?: (?:and|,) {_PLURAL})*(?: (?:in|of|from)(?: the)? (?:ns |namespace )?[a-z0-9-]+)?$",
    re.IGNORECASE,
)
"""Objects of a kind without a name, nor "all"."""
_ALL_OF = lazily(
    r",? (?:all of (?:them|those|these)|each of them|every one(?: of them)?|the lot)$", re.I
)


def _chosen(said: str) -> str:
    """The object with what chooses it as a flag: `pods in shop that have a=b` as `pods -l a=b`."""
    said = said.strip(" ,;:-\u2013\u2014")
    match = _CHOSEN.search(said)
    if match:
        lead = re.sub(r"\b(?:all|every|each)(?: of)?(?: the)? $", "", said[: match.start()])
        said = f"{lead}{match['kind']} -l {match['by']}{match['place']}{said[match.end() :]}"
    return said


def _workers(said: str) -> str:
    """`workers` where nothing but nodes can be meant."""
    return re.sub(r"\b(?:the |all )?workers\b(?= -l)", "nodes", said, flags=re.IGNORECASE)


def _labels(match: re.Match[str]) -> str:
    """`label OBJECT PAIRS`."""
    said = match["object"].strip(" ,;:-\u2013\u2014")
    groups = match.groupdict()
    if _ASKS.match(said) or _NEGATED.search(said) or not _plain(groups):
        return ""
    every = bool(_ALL_OF.search(said)) or bool(groups.get("them"))
    said = _workers(_chosen(_ALL_OF.sub("", said)))
    if not _KIND.search(said) and "labe" not in (groups.get("verb") or groups.get("noun") or ""):
        return ""
    noun = re.match("label|annotation", groups.get("verb") or "", re.I)
    if noun and groups.get("sep") == "," and not every and not _listed(said):
        return ""  # "pods in dev, label a=b" asks for those that have it
    if _MANY.match(said) and not every:
        return ""  # nobody said all of them
    if (
        every
        and " -l " not in said
        and not re.search(r"\b(?:all|every|each)\b", said)
        and not _listed(said)
    ):
        said = f"all {said}"
    word = (groups.get("noun") or groups.get("verb") or "label").lower()
    verb = "annotate" if word.startswith("annot") else "label"
    if verb == "label" and re.search(r"=(?![\"']?[\w.-]*[\"']?(?:[\s,]|$))", groups["pairs"]):
        return ""  # no label's value: an image, an address
    over = " overwrite" if groups.get("over") else ""
    return f"{verb} {said} {groups['pairs']}{over}"


def _listed(said: str) -> bool:
    """Whether objects were named: `pods web-0 and web-1`, `svc api`."""
    return bool(
        re.search(
            r"(?:\b(?:pod|deployment|deploy|svc|service|node|ns|namespace)|[-\d]\w*|/\w+)\b(?: |$)",
            said,
        )
        and re.search(r"\b(?:pod|deployment|deploy|svc|service|node|namespace) \S|/|\d", said)
    )


def _plain(groups: dict[str, str | None]) -> bool:
    """Whether the pairs can be labels: no image, no variable, no field (`minReadySeconds=5`)."""
    keys = re.findall(r"(?:^|[\s,&])([A-Za-z0-9][\w./-]*)=", groups["pairs"] or "")
    noun = re.search(r"label|tag|annot", f"{groups.get('noun')}{groups.get('verb')}", re.I)
    taboo = ("image", "cpu", "memory", "replicas", "ns", "namespace", "schedule")
    lowered = [key if noun else key.rpartition("/")[2] for key in keys]
    return all((noun or key.islower()) and key not in taboo for key in lowered)


def _revalue(match: re.Match[str]) -> str:
    """`change the KEY label of OBJECT to VALUE`."""
    groups = match.groupdict()
    said = _workers(_chosen(match["object"]))
    key = groups["key"]
    if _ASKS.match(said) or _NEGATED.search(said) or key.lower() in _NO_KEYS:
        return ""
    if (
        not groups.get("noun")
        and "/" not in key
        and key != "istio-injection"
        and f"{key}=" not in match[0]
    ):
        return ""
    noun = groups.get("noun") or "label"
    verb = "annotate" if noun.startswith("annot") else "label"
    value = groups["value"]
    if re.fullmatch(r"change[ -]?cause", key, re.IGNORECASE):
        key, verb = "kubernetes.io/change-cause", "annotate"
    return f"{verb} {said} {key}={value} overwrite"


_NO_KEYS = frozenset(["the", "a", "its", "all", "this", "that", "label", "every", "no", "any"])


def _unlabels(match: re.Match[str]) -> str:
    """`remove label KEY from OBJECT`."""
    groups = match.groupdict()
    said = _workers(_chosen(_ALL_OF.sub("", match["object"])))
    keys = re.split(r",? and |, | & ", groups["keys"])
    if _ASKS.match(said) or _NEGATED.search(said) or any(key.lower() in _NO_KEYS for key in keys):
        return ""
    noun = "annotation" if (groups.get("noun") or "").lower().startswith("annot") else "label"
    verb = "annotate" if noun == "annotation" else "label"
    return f"{verb} {said} " + " ".join(f"{key}-" for key in keys)


def _itself(match: re.Match[str]) -> str:
    """`nodes with the label old=true lose it`: the key that chose them."""
    said = _workers(_chosen(match["object"]))
    by = re.search(rf" -l ({_PAIR})", said)
    if by is None or _ASKS.match(said) or _NEGATED.search(said):
        return ""
    return f"label {said} {by[1].partition('=')[0]}-"


def _note(match: re.Match[str]) -> str:
    """`annotate OBJECT KEY="text"`."""
    said = match["object"]
    key = match["key"]
    text = match["text"].replace('"', "'")
    if (
        _ASKS.match(said)
        or _NEGATED.search(said)
        or key.lower() in _NO_KEYS
        or not _KIND.search(said)
    ):
        return ""
    return f'annotate {said} {key}="{text}"'


def _empty(match: re.Match[str]) -> str:
    """`label OBJECT KEY=`."""
    said = _workers(_chosen(match["object"]))
    if _ASKS.match(said) or _NEGATED.search(said) or match["key"].lower() in _NO_KEYS:
        return ""
    verb = "annotate" if match["noun"].lower().startswith("annot") else "label"
    return f"{verb} {said} {match['key']}="


_TEXT = r"[\"'](?P<text>[^\"]+)[\"']"
_LOSE = (
    r"(?:lose|loses|loose|drop|drops|remove|delete|strip|take off|get rid of|clear|ditch|unset|rip off|"
    r"(?:should|must|can|has to|have to|needs? to|may) (?:no longer (?:have|carry|bear)|lose|drop|not have|"
    r"not carry)|no longer (?:has|have|carries|carry|needs?|wants?|should have)|no more|"
    r"(?:doesn'?t|don'?t|does not|do not) need)"
)
_CHANGING = (
    r"(?:please |pls )?(?:flip|change|switch|swap|turn|update|move|set|correct|fix|reset|toggle|bump|"
    r"overwrite|replace|modify|alter|rewrite|adjust|relabel)(?: over)?"
)
_GOING = r"lose|loose|drop|remov|delet|strip|\boff\b|rid of|clear|ditch|no |not |need|away|\bgo\b|out|gone|un"
_WANTED: dict[object, str] = {_labels: "=", _itself: "loo?se|drop", _unlabels: _GOING}
_SHAPES: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    # ------------------------------------------------------------ how things should be
    (
        rf"{_OBJECT} {_MUST}(?: with| as)?{_A_LABEL}:? {_PAIRS}(?P<them>,? all of (?:them|those))?{_OVER}",
        _labels,
    ),
    (
        rf"{_OBJECT}\s*(?P<sep>[:,;\u2013\u2014-]+)\s+{_VERB}(?P<them>{_THEM})(?: with| as| to)?{_A_LABEL}:? {_PAIRS}{_OVER}",
        _labels,
    ),
    (
        rf"{_OBJECT}\s*[:,;\u2013\u2014-]+\s+(?:put|set|add|stick|slap|apply|attach){_A_LABEL}:? {_PAIRS} (?P<them>on(?:to)? (?:them|it|all of them|each(?: of them)?|every one(?: of them)?|all|both(?: of them)?)){_OVER}",
        _labels,
    ),
    (rf"{_PAIRS} (?:{_NOUN} )?(?:on|onto|for|to) {_OBJECT}{_OVER}", _labels),
    (rf"{_OBJECT}: {_PAIRS}{_OVER}", _labels),
    (rf"(?P<verb>label|tag|annotate) {_OBJECT}(?: with| as|:|,)? {_PAIRS}{_OVER}", _labels),
    # ------------------------------------------------------------ another value
    (
        rf"{_CHANGING} (?:the )?(?:{_NOUN} )?{_KEY}=\S+ (?:by|with|to|for|into) (?:(?P=key)=)?{_VALUE} (?:on|of|for|in) {_OBJECT}",
        _revalue,
    ),
    (rf"{_NOUN} {_KEY} (?:on|of|for|in) {_OBJECT}: \S+ (?:->|=>|to) {_VALUE}", _revalue),
    (
        rf"(?:the )?{_KEY} {_NOUN} (?:of|on|for|in|at) {_OBJECT}(?: is (?:wrong|off|outdated|stale|old|bad))?[, ]+(?:and |it |so |that )*"
        rf"(?:should|must|needs? to|has to|ought to) (?:be|become|read|say|change to|go to) {_VALUE}"
        rf"(?:,? (?:not|instead of|rather than) \S+)?(?: now)?",
        _revalue,
    ),
    (
        rf"{_OBJECT}(?:'s|:|,) (?:the )?{_KEY} {_NOUN} (?:should|must|needs? to|has to|ought to|is to) (?:be|become|read|say|change to) {_VALUE}"
        rf"(?:,? (?:not|instead of|rather than) \S+)?(?: now)?",
        _revalue,
    ),
    (
        rf"{_CHANGING} (?:the )?(?:value of (?:the )?)?(?:{_NOUN} )?{_KEY} (?:of|on|for|in|at) {_OBJECT} (?:from \S+ )?(?:to|into|with) {_VALUE}",
        _revalue,
    ),
    (
        rf"{_CHANGING} (?:the )?(?:value of (?:the )?)?{_KEY} {_NOUN} (?:of|on|for|in|at) {_OBJECT} (?:from \S+ )?(?:to|into|with) {_VALUE}{_OVER}",
        _revalue,
    ),
    (
        rf"{_CHANGING} (?:the )?(?:value of (?:the )?)?{_KEY}(?: {_NOUN})? (?:from \S+ )?(?:to|into) {_VALUE} (?:of|on|for|in|at) {_OBJECT}{_OVER}(?: right now)?\)?",
        _revalue,
    ),
    (
        rf"(?:the )?{_NOUN} {_KEY} (?:of|on|for|in|at) {_OBJECT} (?:should|must|needs? to|has to|ought to) (?:be|become|read|say) {_VALUE}(?: now)?",
        _revalue,
    ),
    # ------------------------------------------------------------ away with it
    (rf"{_OBJECT}\s*[:,] (?:the )?{_NOUN} {_KEYS} (?:off|away|out|gone|removed)", _unlabels),
    (
        rf"{_OBJECT}\s*[:,;\u2013\u2014-]*\s+{_LOSE} (?:the |its |their |all |any )?(?:{_KEYS} )?(?P<noun>labels?|annotations?|tags?)(?: (?:any ?more|again))?",
        _unlabels,
    ),
    (
        rf"{_OBJECT}\s*[:,;\u2013\u2014-]*\s+{_LOSE} (?:the |its |their )?{_NOUN} {_KEYS}(?: any ?more)?",
        _unlabels,
    ),
    (
        rf"(?:the )?{_NOUN} {_KEYS} (?:off|away from|(?:has|have) to go from|must go from|can go from|out of) {_OBJECT}",
        _unlabels,
    ),
    (
        rf"(?:the )?{_KEYS} {_NOUN} (?:off|away from|(?:has|have) to go from|must go from|can go from|out of) {_OBJECT}",
        _unlabels,
    ),
    (
        rf"(?:the )?{_KEYS} {_NOUN} (?:on|of|from) {_OBJECT} (?:has to go|have to go|must go|can go|is to go|should go|should be removed|must be removed|away)",
        _unlabels,
    ),
    (
        rf"(?:untag|unlabel|unannotate) {_OBJECT}(?:: | - |, )(?:no more |drop |without |lose |remove )(?:the )?{_KEYS}(?: {_NOUN})?",
        _unlabels,
    ),
    (rf"(?:no more|no) {_KEYS} {_NOUN} (?:on|for) {_OBJECT}(?: any ?more| any longer)?", _unlabels),
    (
        rf"{_OBJECT}\s*[:,;\u2013\u2014-]* (?:must |should |have to |need to |can )?(?:lose|loose|drop) (?:it|that label|that one|the label)",
        _itself,
    ),
    # ------------------------------------------------------------ notes and empty ones
    (
        rf"(?:add|put|set) {_KEY}[=:]? {_TEXT} as (?:an? )?(?:note|annotation) (?:on|to|for) {_OBJECT}",
        _note,
    ),
    (
        rf"(?:a |an )?(?:note|annotation|remark) (?:on|for|to) {_OBJECT}\s*[:,-]+\s*{_KEY}[=:]? {_TEXT}",
        _note,
    ),
    (
        rf"(?:put |add |leave |set |write |attach )?(?:a |an |the )?(?:note|annotation|remark) {_KEY}[=:]? {_TEXT} (?:on|to|for) {_OBJECT}",
        _note,
    ),
    (rf"{_OBJECT}\s*[:,-]+\s*(?:note|annotation|annotate|remark) {_KEY}[=:]? {_TEXT}", _note),
    (
        rf"{_OBJECT} (?:should|must|needs to) (?:be annotated with|have annotation|have the annotation) {_KEY}[=:]? {_TEXT}",
        _note,
    ),
    (
        rf"(?:put |add |set |give )?(?:the |an? )?(?:empty )?{_KEY} {_NOUN} (?:with (?:no|an empty) value|without (?:a )?value|,? ?empty value) (?:on|to|for) {_OBJECT}",
        _empty,
    ),
    (
        rf"{_OBJECT}\s*[:,-]+ (?:an |the )?empty (?P<noun>label|annotation) {_KEY}",
        _empty,
    ),
)
_WOULD = lazily(
    r"^(?P<before>dry[ -]?run:? )?would (?:labell?ing|tagging) (?P<what>.+?) (?:work|be ok|succeed|go through|fail)\b"
    r"[?,. ]*(?P<after>dry[ -]?run)?[?,. ]*(?:(?P<side>client|server)(?:[ -]side)?(?: is)?(?: (?:ok|fine|enough|only))?)?$",
    re.IGNORECASE,
)
_TOLD = lazily(r"=|\b(?:labels?|annotations?|tags?|note|remark|un(?:tag|label))\b", re.IGNORECASE)
_POLITE = lazily(r"^(?:(?:please|pls|plz|hey|hi|ok|so|can you|could you|kai)[, ]+)+", re.IGNORECASE)
_MOST = 300  # characters: what is told in one clause is shorter


@lru_cache(maxsize=len(_SHAPES))
def _shape(number: int) -> re.Pattern[str]:
    """A shape compiled at its first use: few requests need them."""
    return re.compile(f"^{_SHAPES[number][0]}$", re.IGNORECASE)


def _called_for(put: Callable[[re.Match[str]], str], text: str) -> bool:
    """Whether the text has what the shape cannot do without."""
    if put is _note:
        return '"' in text or "'" in text
    wanted = _WANTED.get(put)
    if wanted is not None and re.search(wanted, text, re.IGNORECASE) is None:
        return False
    said = r"label|annot|\btags?\b|istio|=\S+ (?:by|with|to) "
    return put in (_labels, _itself) or re.search(said, text, re.IGNORECASE) is not None


def told_change(request: str) -> str:
    """The request as `label ...` or `annotate ...` in the engine's words; "" for any other."""
    if len(request) > _MOST or (not _TOLD.search(request) and "istio-" not in request):
        return ""
    text = re.sub(rf"{_END}$", "", _POLITE.sub("", request.strip()), flags=re.IGNORECASE)
    would = _WOULD.match(text)
    if would and (would["before"] or would["after"]):
        return f"label {would['what']} dry run on the {would['side'] or 'server'}"
    for number, (_, put) in enumerate(_SHAPES):
        match = _shape(number).match(text) if _called_for(put, text) else None
        if match and (told := put(match)):
            return told
    return ""


def is_told(command: str, told: str) -> bool:
    """Whether the command does what the told change says, and reaches no further than it."""
    verb = told.split(" ", 1)[0]
    if not command.startswith(f"kubectl {verb} "):
        return False
    if " --all" not in command.replace("--all-namespaces", ""):
        return True
    return re.search(r"\b(?:all|every|each)\b", told) is not None
