"""What is said around a request: the reason for it, what will follow from it, an error pasted first.

An aside is only dropped where the whole request was not understood, and only where it holds no
word that could narrow, widen or place what is asked; the engine says so as an assumption.
"""

from __future__ import annotations

import re

from kai.nlu.patterns import pattern as lazily

_WHO = (
    r"(?:i(?!\.e)|im|ive|we|were|weve|it|its|they|theyre|theyve|he|she|the|that|this|there|nobody|noone|"
    r"no one|someone|somebody|users|people|customers?|everyone|our|my|something|his|her)"
)
_NOUN = (
    r"(?:(?:the|our|its|some|a|my|too much|too many) )?(?:(?:bad|wrong|broken|faulty|buggy|new|latest|"
    r"last|disk|root|black|cyber|kernel|memory|user|customer|much|high|heavy) )?"
    r"(?:image|release|deploy|build|config|version|rollout|disk|disks|traffic|load|kernel|fan|nic|"
    r"hardware|memory|ram|psu|raid|peak|sale|friday|monday|maintenance|upgrade|patching|clients?|"
    r"bug|bugs|incident|outage|errors?|cert|cable|rack|queue|backlog|budget|bill|costs?|cache|"
    r"secret|password|dns|network|latency|migration|audit|demo|launch|campaign|tests?|hw|node|host|box|machine|vm|"
    r"server|training|project|sprint|customer|team|feature|branch|experiment|event|show|contract|vendor|job|batch|"
    r"work|import|export|backup|pipeline|ci|prototype|poc|trial|season|weekend|on-?call|management|boss|\d+)"
)
_HAPPENS = (
    r"(?:keeps?|is|are|was|were|went|hangs?|hung|blocks?|seems?|looks?|got|died|dies|broke|crashed|"
    r"crashes|leaks?|eats|complains?|misbehaves?|flaps?|starts|started|fills|filled|grows|came|"
    r"comes|wont|won't|doesnt|doesn't|cant|can't|isnt|isn't)"
)
"""What goes on, said as the reason: "disk is dying", "bad image went out", "keeps oomkilling"."""
_REASONS = tuple(
    lazily(pattern, re.IGNORECASE)
    for pattern in (
        r"[\s,;(.-]+(?:because|cause|cuz|coz|bc|weil|because of|due to|given that|seeing that)\s.*$",
        rf"[\s,;(.-]+(?:since|as|now that)\s{_WHO}\b.*$",
        rf"[\s,;(.-]+so(?: that)?\s{_WHO}\b.*$",
        rf"\s*[,;(.\u2013\u2014]\s*{_WHO}\b[^,;]*$",
        rf"\s+-+\s+{_WHO}\b[^,;]*$",
        rf"\s*[,;(.\u2013\u2014]\s*(?:{_NOUN} )?{_HAPPENS}\b[^,;=\d]*$",
        r"\s*[,;(.\u2013\u2014]\s*(?:blocks?|hold up|holds up|needed for|not needed|no longer needed|wasted?|"
        r"costs too much|too (?:expensive|slow|noisy|much|old))\b[^,;=\d]*$",
        r"\s(?:while|so) (?:i|we)(?: can)? (?:look|check|debug|investigate|dig|figure|poke|test|"
        r"think|inspect)\b(?: (?:at|into|around|it|this|that|out|things|the (?:issue|problem)))*$",
        r"[\s,;.-]+(?:no rush|no hurry|when you can|when you have time|asap|urgently?|"
        r"many thanks|thank you so much|thanks in advance|thanks a lot|ta|danke|bitte)\W*$",
    )
)
_AMID = lazily(
    rf"\s*[,(]\s*((?:they|it|theyre|its|{_NOUN}) (?:{_HAPPENS}|hang|leak|crash|flap|fail|stuck|broken)\b[^,;=()\d]{{0,40}})\s*[,)]\s*",
    re.IGNORECASE,
)
_OPENINGS = tuple(
    lazily(pattern, re.IGNORECASE)
    for pattern in (
        r"^(?:[\w ]{1,24}: )?\"(?=[^\"]*(?-i:[A-Z ]))[^\"]{4,}\"\s*"
        r"(?:(?:[-:\u2013\u2014]|->|=>|\u2192)+\s*|(?:when|while)\s+(?=\w+ing\b))",
        r"^(?!(?:delete|restart|scale|drain|remove|set|get|show|list|label|kill|rm|roll|create|patch|"
        r"clean|apply|cordon|taint|describe|logs?)\b).{4,160}?\s(?:-+>?|=>|\u2192|\u2013|\u2014)\s+",
        r"^\w*(?:error|backoff|killed|failed|forbidden|unauthorized|refused|evicted|timeout|"
        r"notready|pressure|unavailable|exceeded)\w*\s*[:,-]\s+",
        rf"^{_NOUN}(?: {_HAPPENS}\b[^,;=]{{0,40}}(?<! )[,;]| ?:)\s*(?:so |please |and so )*",
        rf"^(?:because |since |as |now that )?{_WHO}\s[^,;]{{4,80}}[,;]\s*(?:so |please |and so |therefore )*",
    )
)
_ERROR = lazily(
    r"\"|error|forbidden|failed|refused|cannot|backoff|crash|oom|evicted|denied|unable|not found|"
    r"notready|timed out|timeout|unhealthy|unauthorized|pressure|exceeded|broken|down\b",
    re.IGNORECASE,
)
_NARROWING = (
    r"exc?ept\w*|exclud\w*|besides?|apart|aside|minus|neither|nor|when|whenever|while|provided|"
    r"assuming|depending|skip\w*|omit\w*|ignor\w*|spar(?:e|ing)|leaving|otherwise|unless|only|if|"
    r"tomorrow|tonight|later|during|between|at \d+"
)
"""What narrows or delays a change, wherever in a request it stands."""
_TELLING = lazily(
    rf"\b(?:{_NARROWING}|but|without|keep|leave|dont|don't|never|first|then|also|and|or|"
    r"after|before|until|instead|rather|than|older|newer|other|others|rest|in|on|from|under|ns|"
    r"namespace|namespaces|context|cluster|label|labels|labelled|container|containers|with|by|every|all|"
    r"when|while|once|nobody|each|both|force|grace|delete|remove|restart|scale|yaml|json|dry|test|as|to|wait|set)\b|[=/]|--",
    re.IGNORECASE,
)
_TELLING_REASON = lazily(
    rf"\b(?:{_NARROWING}|but|without|keep|leave|dont|don't|never|then|also|and|or|after|"
    r"before|until|instead|rather|than|older|newer|others|rest|in|from|namespace|context|cluster|"
    r"label|labels|labelled|force|grace|delete|dry)\b|[=]|--",
    re.IGNORECASE,
)


_ABOUT = lazily(
    r"^(?:the )?(?P<what>[\w./ -]{1,50}?)\s+(?:is|are|was|keeps?|has|seems?|looks?|got|wont|won't|"
    r"doesnt|doesn't|does|cant|can't)\b(?P<how>[^,;:]{2,60})[,;:]\s*"
    r"(?:(?:so|please|pls|plz|and|then|just|can you|could you)\s+)*(?P<rest>.*?\b(?:it|them)\b.*)$",
    re.IGNORECASE,
)


def _named_first(text: str) -> tuple[str, str]:
    """`web is hanging, restart it` as `restart web`; ("", "") where it is nothing of the kind."""
    match = _ABOUT.match(text)
    if match is None or _TELLING.search(match["how"]) or len(match["what"].split()) > 4:
        return "", ""
    rest = re.sub(r"\b(?:it|them)\b", lambda _: match["what"], match["rest"], count=1)
    return rest, f"{match['what']} ... {match['how'].strip()}"


_ASKED = lazily(
    r"^(?P<said>(?:is|are|does|did|do|has|have|was|still|stuck|waiting|nothing|slow|why|who|what|whats|what's|where|how|hows|any|"
    r"anything|which)\b[^?]{3,90})(?:\?+|\s[-\u2013\u2014]+)\s+(?P<rest>[^?]*\S)\??$",
    re.IGNORECASE,
)
_LOOKS = lazily(
    r"^(?:(?:so|please|pls|plz|just|then|can (?:you|u)|could you|lets|let's|give me|show(?: me)?|get)\s+)*"
    r"(?!(?:delete|restart|scale|drain|remove|set|patch|apply|cordon|uncordon|roll|create|rm|kill|"
    r"bounce|evict|edit|label|annotate|taint|undo|replace|expose|run|stop|start|ns|namespace|in|on|from|for|"
    r"pods?|po|deploy|deployment|svc|service|node|sts|job|since|context|ctx|cluster|last|container|and|or|only|but|not|with|thanks|thx)\b)\S",
    re.IGNORECASE,
)
_BEARER = lazily(
    r"\b(?:(?:pod|po|svc|service|deploy|deployment|sts|statefulset|ds|daemonset|node|job|cronjob|hpa|pvc|"
    r"ingress)[ /][a-z0-9][a-z0-9.-]*|[a-z0-9]+(?:-[a-z0-9]+)+)\b",
    re.IGNORECASE,
)


def _asked_first(text: str) -> tuple[str, str]:
    """`why did web-0 die? show its logs` as `show web-0's logs`; ("", "") for anything else.

    Only what is asked to be seen: no change follows from a question.
    """
    match = _ASKED.match(text)
    if match is None or not _LOOKS.match(match["rest"]) or len(match["rest"].split()) < 2:
        return "", ""
    said, rest = match["said"], match["rest"]
    plain = re.sub(r"\b(?:in it|reach to|going on|to)\b", "", said)
    if _TELLING.search(plain):
        return "", ""
    if re.search(r"\b(?:its?|it's|them|their)\b", rest, re.IGNORECASE):
        bearer = _BEARER.search(said)
        if bearer is None:
            return "", ""
        name = bearer.group()
        rest = re.sub(r"\b(?:its|their)\b", f"{name}'s", rest, count=1, flags=re.IGNORECASE)
        rest = re.sub(r"\b(?:it|them)\b", name, rest, count=1, flags=re.IGNORECASE)
    return rest, said


_TALE = lazily(
    r"^(?P<said>[^,;:?]{5,90}?)(?:[,;:?]|\s[-\u2013\u2014]+)\s+"
    r"(?:(?:so|therefore|thus|hence|then)[:,]?\s+)*(?P<rest>\S.*)$",
    re.IGNORECASE | re.S,
)
_SAYS = lazily(
    r"\b(?:is|are|was|were|be|cant|can't|cannot|can|should|must|need|needs|has|have|had|keeps?|wont|"
    r"won't|want|wants|changed|failed|fails|broke|parse|parses|access|by|too|does|did|would|will)\b",
    re.IGNORECASE,
)
_TALE_TELLS = lazily(
    rf"\b(?:{_NARROWING}|but|without|keep|leave|dont|don't|never|not|no|none|first|then|also|and|or|"
    r"once|soon|every time|after|before|until|instead|rather|than|others?|rest|in|from|under|ns|namespace|context|cluster|"
    r"labels?|containers?|with|every|all|both|each|force|delete|remove|restart|scale|yaml|json|dry|"
    r"client|server|read|just|headless|twice|called|named|name|image|port|replicas|one|two|three|four)\b"
    r"|[=/\d\"'`]|--|\w[-.]\w",
    re.IGNORECASE,
)
_RAISES = lazily(
    r"\b(?:create|make|add|deployment|deploy|job|cronjob|configmap|cm|secret|(?:cluster)?role|"
    r"(?:cluster)?rolebinding|sa|service ?account|namespace|quota|pdb|priority ?class|ingress|apply|"
    r"replace|force-replace|dry[- ]run)\b",
    re.IGNORECASE,
)
_UNDOES = lazily(
    r"\b(?:delet|drain|remov|scal|evict|kill|taint|restart|roll|cordon|patch|prun|stop|unset|label|"
    r"annotat|undo|rm\b)",
    re.IGNORECASE,
)


def _tale_first(text: str) -> tuple[str, str]:
    """`is my deploy ok? server dry run of x.yaml`: a tale, then something to make; else ("", "").

    Only before what adds or tries something, and only where the tale holds no part of it.
    """
    match = _TALE.match(text)
    if match is None or not _SAYS.search(match["said"]) or _TALE_TELLS.search(match["said"]):
        return "", ""
    if not _RAISES.search(match["rest"]) or _UNDOES.search(match["rest"]):
        return "", ""
    return match["rest"], match["said"]


def without_asides(request: str) -> tuple[str, tuple[str, ...]]:
    """The request without what was only said around it, and what was left out.

    Nothing is left out where the words could matter to the command, nor where little remains.
    """
    left_out: list[str] = []
    text = request.strip()
    turned, said = _named_first(text)
    if turned:
        return turned, (said,)
    asked, said = _asked_first(text)
    if asked:
        return asked, (said,)
    amid = _AMID.search(text)
    if amid is not None and not _TELLING.search(amid[1]):
        left_out.append(amid[1])
        text = f"{text[: amid.start()]}, {text[amid.end() :]}"
    for pattern in _OPENINGS:
        match = pattern.match(text)
        if match is None or len(text[match.end() :].split()) < 2:
            continue
        said = match.group().strip(" ,;:->")
        story = pattern in _OPENINGS[3:]
        if (story and _TELLING.search(said)) or (not story and not _ERROR.search(said)):
            continue
        left_out.append(said)
        text = text[match.end() :]
        break
    for number, pattern in enumerate(_REASONS):
        match = pattern.search(text)
        if match is None or len(text[: match.start()].split()) < 2:
            continue
        said = match.group().strip(" ,;.()-")
        goal = re.match(r"(?:while|so)(?: that)? (?:i|we)\b", said)
        telling = _TELLING_REASON if number < 2 or goal else _TELLING
        if telling.search(said[goal.end() :] if goal else said):
            continue
        left_out.append(said)
        text = text[: match.start()]
        break
    if not left_out:
        told, said = _tale_first(text)
        return (told, (said,)) if told else (text, ())
    return text, tuple(left_out)
