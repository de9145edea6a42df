r"""What operators say in passing, in the words the engine reads.

As in `phrasings.py`, for requests that were not understood as they stand. Each rule names words of
which the request must hold one, so that the others cost a look at a set and no more.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial

from kai.nlu.patterns import pattern as lazily

_NOT_A_NAME = (
    r"(?!(?:the|our|my|all|every|each|any|in|on|of|at|to|from|for|with|and|or|it|them|that|this|"
    r"pods?|nodes?|cluster|only|just|now|both|some|no|not)(?![\w.-]))"
)
_NAME = rf"{_NOT_A_NAME}[a-z0-9](?:[\w.-]*[a-z0-9])?"
_KINDS = (
    r"(?:deployments?|deploys?|statefulsets?|sts|daemonsets?|ds|replicasets?|rs|cronjobs?|app|svc|"
    r"service)"
)
_THING = rf"(?:(?:the )?(?:{_KINDS} )?{_NAME}(?: {_KINDS})?)"
_PLACE = rf"((?: (?:in|from) (?:the )?(?:ns |namespace )?{_NAME}(?: ns| namespace)?)?)"
_NOW = r"(?: now| right now| currently| at the moment| today| yet| already)?"
_PIECES = r"(?: replicas?| pods?| copies| instances?)?"
_PAIR = r"[\w./-]+=[\w.-]+"
_ENDS = r"[ ?.!]*$"
_BAD_STATE = (
    r"(?:failing|failed|broken|crashing|crashed|crash[- ]?looping|crashloopbackoff|crashy|dying|dead|"
    r"stuck|hung|hanging|flapping|flaky|pending|unhealthy|restarting|misbehaving|oomkilled|oom-killed|"
    r"evicted|faulty|sick|bad|unready|not[- ]ready|notready|slow|wedged|buggy|erroring|offending|"
    r"problematic|troubled|weird|noisy)"
)
_ONE = r"(?:pod|po|deployment|deploy|statefulset|sts|daemonset|ds|job|cronjob|node|pvc|svc|service|hpa|ingress)"
_READING = (
    r"(?:describe|desc|show|see|get|check|inspect|look at|logs?|tail|events?|status|yaml|print|view|"
    r"why is|why does|whats|what's|what is|whats wrong with|what's wrong with)"
)
_ROLLED = r"(?:rollout|roll out|deploy|deployment|release|update|upgrade)"
_GONE = (
    r"(?:remove|removed|removes|delete|deleted|deletes|clean up|cleaned up|gone|drop|dropped|kill|killed|"
    r"dispose of|throw away|discard|discarded|disappears?|vanish(?:es)?|goes away|bin|destroyed)"
)
_LEAVE = (
    r"(?:exit|leave|quit|log out|logout|am done|'m done|m done|done|am finished|disconnect|detach|close it|"
    r"get out|'m out|am out|exits?|hang up)"
)
_PROGRAMS = r"(?:whoami|id|date|hostname|env|uptime|pwd|ls|ps|df|mount|free|top|netstat|ss)"
_KIND_PLACES = r"(?:workflows|applications|certificates|gateways|rollouts|issuers|events|jobs|ingress|storage|secrets)"

_DEFAULT_CLASS = r"""patch storageclass/\1 '{"metadata":{"annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}'"""

RULES: tuple[tuple[str, str, str], ...] = (
    # words that one of must be said | what is said | how the engine has it
    # ------------------------------------------------------------ looking
    (
        "init initcontainer init-container",
        rf"\blogs? (?:of|from|for) (?:the )?({_NAME}) init[- ]?container(?: logs?)? (?:in|of|from|on) (?:the )?"
        rf"(?:pod )?({_NAME})",
        r"logs of container \1 of pod \2",
    ),
    (
        "init initcontainer init-container",
        rf"^(?:the )?({_NAME}) init[- ]?container logs? (?:in|of|from|for|on) (?:the )?(?:pod )?({_NAME})",
        r"logs of container \1 of pod \2",
    ),
    (
        "label labels labelled labeled",
        r"\b(?:in|with|from|on|where|whose) ([a-z][\w./-]*) (?:is |are |either )*([\w.-]+) or ([\w.-]+),? "
        r"(?:by|as|via|per|using) (?:the )?labels?\b",
        r"with label \1 in (\2,\3)",
    ),
    (
        "label labels labelled labeled",
        r"\b(?:where|whose|with)(?: the)? labels? ([a-z][\w./-]*) (?:is |either |equals |= ?|being )+([\w.-]+) or "
        r"([\w.-]+)(?=$|[,.]| in | sorted)",
        r"with label \1 in (\2,\3)",
    ),
    (
        "restarting restarted flapping restarts",
        r"^(?:show |list |get |give |find )?(?:me )?(?:what are |which are )?(?:the )?(?:top )?(\d+) (?:most |top )?"
        r"(?:often |frequently |heavily )?(?:restarting|restarted|flapping) pods?\b",
        r"pods sorted by restarts, last \1,",
    ),
    (
        "restarting restarts",
        r"^(?:show |list |get |give |find )?(?:me )?(?:the )?(?:top )?(\d+) pods? (?:that (?:have|had) |with |having |by )"
        r"(?:the )?(?:most |highest |number of )*restarts?(?: counts?)?\b",
        r"pods sorted by restarts, last \1,",
    ),
    (
        "count counts",
        r"^restart counts? (?:per|by|of each|for each|of every|of the|of all) pods?(.*?),? (?:just|only) (?:the )?(?:pod )?"
        rf"names? (?:and|\+|&) (?:the )?(?:restart )?counts?{_ENDS}",
        r"names and restart counts of pods\1",
    ),
    (
        "containers",
        rf"\blogs of (?:both |all )?(?:the )?pods and (?:their |all )?containers (?:with|for|of|labelled|labeled) ({_PAIR})",
        r"logs of all containers of pods with \1",
    ),
    (
        "pod po deployment deploy statefulset sts daemonset ds job cronjob node pvc svc service hpa",
        rf"^({_READING}\b(?:[\w' ]*? )?)(?:(the|our|my|that|this) )?{_BAD_STATE} (?={_ONE} (?!pods?\b){_NAME})",
        r"\1",
    ),
    ("ns", r"^(?:what|which) ns (?=is )", "which namespace "),
    (
        "stdout screen terminal console",
        r",? (?:to|on) (?:the |my )?(?:stdout|standard output|screen|terminal|console)(?=$|[,.])",
        "",
    ),
    (
        "container containers",
        rf"^({_PROGRAMS}(?: -[\w-]+)*) (?:in|inside|from) (?:the |a )?containers? of (?:the )?(?:pod )?({_NAME})",
        r"run \1 in pod \2",
    ),
    (
        "workflows applications certificates gateways rollouts issuers events jobs ingress storage secrets",
        rf"^((?:bash|sh|shell|exec|logs?|describe|tail|follow|stream|restart|cp|copy|attach|debug|port-forward|edit)\b"
        rf".*[a-z]-?\w*\d\w*) in ({_KIND_PLACES}){_ENDS}",
        r"\1 in namespace \2",
    ),
    # ------------------------------------------------------------ rollouts
    (
        "done over finish finished complete completed ready through ok",
        rf"^(?:is|has|did) (?:the )?(?:last |latest |new )?{_ROLLED} (?:of|for) ({_THING}){_PLACE} (?:all )?(?:done|over|finish|"
        rf"finished|complete|completed|through|gone through|ready|ok)(?: rolling out)?{_NOW}{_ENDS}",
        r"rollout status of \1\2",
    ),
    (
        "done over finished complete completed through",
        rf"^(?:is|has) ({_THING}) (?:done|finished|through)(?: with)? (?:rolling(?: out)?|its rollout|the rollout|deploying|"
        rf"updating){_PLACE}{_NOW}{_ENDS}",
        r"rollout status of \1\2",
    ),
    (
        "changed change new different",
        rf"^what(?:'?s| is| has| was)? (?:been )?(?:changed|new|different|the change) (?:in|with|during|by) (?:the )?(?:last|latest|"
        rf"most recent|newest|previous) (?:{_ROLLED}|revision|version) (?:of|for|to|on) ({_THING}){_PLACE}{_ENDS}",
        r"rollout history of \1\2",
    ),
    # ------------------------------------------------------------ scaling
    (
        "if when while unless provided",
        rf"^(?:scale|bump|take|bring|raise|set|move|get|put|drop|lower) ({_THING}){_PLACE} (?:up |down )?from (\d+) to (\d+)"
        rf"{_PIECES}{_PLACE},? (?:but )?(?:only )?(?:if|when|while|provided)(?: that)? (?:it'?s|its|it is|it has|it runs|"
        rf"there are|they are|there'?s|we are|we're|its still|still)(?: still| currently| really| running| at| on)* \3"
        rf"{_PIECES}{_NOW}{_ENDS}",
        r"scale \1 to \4 only if it currently has \3\2\5",
    ),
    (
        "cap limit max ceiling",
        rf"^(?:cap|limit|set the max(?:imum)? of|raise the max(?:imum)? of|lower the max(?:imum)? of|change the max(?:imum)? of) "
        rf"(?:the )?(?:hpa|autoscaler)(?: of| for| on)? ({_THING}){_PLACE} (?:at|to) (?:max(?:imum)? |most )?(\d+){_PIECES}"
        rf"{_PLACE}{_ENDS}",
        r"set max replicas of hpa \1 to \3\2\4",
    ),
    (
        "cap limit max ceiling maximum",
        rf"^(?:cap|limit|max|set|raise|lower|bump) (?:the )?({_NAME}) (?:hpa|autoscaler)(?: max(?:imum)?)? (?:at|to|out at) "
        rf"(?:max(?:imum)? )?(\d+){_PIECES}{_PLACE}{_ENDS}",
        r"set max replicas of hpa \1 to \2\3",
    ),
    (
        "above beyond past over",
        rf"^(?:the )?(?:hpa|autoscaler) (?:of|for|on) ({_THING}) (?:should never|must never|should not|shouldn'?t|must not|mustn'?t|"
        rf"may not|can ?not|can'?t) (?:go|scale|grow|get)(?: up)? (?:above|beyond|past|over) (\d+){_PIECES}{_PLACE}{_ENDS}",
        r"set max replicas of hpa \1 to \2\3",
    ),
    (
        "patch patching",
        rf"^(?:change|set|make|put|bump|update) (?:the )?replicas? (?:count )?(?:of|on|for) (?:the )?(?:deployment |deploy )?({_NAME}){_PLACE} (?:from \d+ )?to (\d+)"
        rf"{_PLACE},? (?:via|with|using|by|through|as)(?: a)?(?: kubectl)? patch(?:ing)?{_PLACE}{_ENDS}",
        r"""patch deployment/\1 '{"spec":{"replicas":\3}}'\2\4\5""",
    ),
    (
        "patch patching",
        rf"^(?:change|set|make|put|bump|update) (?:the )?replicas? (?:count )?(?:of|on|for) (?:the )?(?:statefulset|sts) ({_NAME})"
        rf"{_PLACE} (?:from \d+ )?to (\d+){_PLACE},? (?:via|with|using|by|through|as)(?: a)?(?: kubectl)? patch(?:ing)?{_PLACE}{_ENDS}",
        r"""patch statefulset/\1 '{"spec":{"replicas":\3}}'\2\4\5""",
    ),
    (
        "patch",
        rf"^patch (?:the )?(?:deployment |deploy )?({_NAME}) to (\d+) (?:replicas?|pods|copies){_PLACE}{_ENDS}",
        r"""patch deployment/\1 '{"spec":{"replicas":\2}}'\3""",
    ),
    (
        "patch",
        rf"^patch (?:the )?replicas? (?:count )?(?:of|on|for) (?:the )?(?:deployment |deploy )?({_NAME}) to (\d+){_PLACE}{_ENDS}",
        r"""patch deployment/\1 '{"spec":{"replicas":\2}}'\3""",
    ),
    (
        "default",
        rf"^(?:make|set|mark|use) (?:the )?(?:storage ?class|sc) ({_NAME}) (?:as |to be |be )?(?:the |our )?(?:cluster(?:'?s)? )?default"
        rf"(?: one| storage ?class| sc| class)?{_NOW}{_ENDS}",
        _DEFAULT_CLASS,
    ),
    (
        "default",
        rf"^(?:make|set|mark|use) ({_NAME}) (?:as |to be |be )?(?:the |our )?(?:new )?default (?:storage ?class|sc){_NOW}{_ENDS}",
        _DEFAULT_CLASS,
    ),
    (
        "clusterrolebinding crb",
        rf"^(?:create|make|add) (?:a |an )?(?:clusterrolebinding|crb) for (?:the )?(?:sa|service ?account) ({_NAME}) (?:in|from|of) "
        rf"(?:ns |namespace )?({_NAME}) (?:with|to|and|using|granting|for) (?:the )?(?:cluster ?)?role ({_NAME}){_ENDS}",
        r"create clusterrolebinding \1-\3 with clusterrole \3 for service account \2:\1",
    ),
    (
        "clusterrolebinding crb",
        rf"^(?:create|make|add) (?:a |an )?(?:clusterrolebinding|crb) for (?:the )?(?:sa|service ?account) ({_NAME}):({_NAME}) "
        rf"(?:with|to|and|using|granting|for) (?:the )?(?:cluster ?)?role ({_NAME}){_ENDS}",
        r"create clusterrolebinding \2-\3 with clusterrole \3 for service account \1:\2",
    ),
    (
        "rolebinding rb",
        rf"^(?:create|make|add) (?:a |an )?(?:rolebinding|rb) for (?:the )?(?:sa|service ?account) ({_NAME}) (?:in|from|of) "
        rf"(?:ns |namespace )?({_NAME}) (?:with|to|and|using|granting|for) (?:the )?(?P<what>cluster ?role|role) ({_NAME}){_ENDS}",
        r"create rolebinding \1-\4 in ns \2 with \3 \4 for service account \2:\1",
    ),
    # ------------------------------------------------------------ nodes, jobs, pods to throw away
    (
        "nodes pods",
        rf"\b(nodes|pods) (?:in|of|from|on|having|where|carrying) (?:the )?(?:pool |group |label )?({_PAIR})(?=$|[ ,])",
        r"\1 with label \2",
    ),
    (
        "taint",
        rf"^taint (?:the )?(?:node )?({_NAME}),? so (?:that )?(?:nothing|no(?:ne)?|no one|noone|no pods?) (?:(?:new|more|else|"
        r"other|further|pods?|workloads?|gets?|is|are|can|be|get|will|going|to|ever) )*(?:scheduled|placed|land|lands|started)"
        rf"(?: there| on it| onto it| on that| anymore| any more)*{_ENDS}",
        r"cordon node \1",
    ),
    (
        "jobs",
        r"\b((?:all )?)(?:the |those )?jobs (?:that|which)(?: have| has| had| are| were| is|'ve)* (?:successfully )?(?:completed|"
        r"succeeded|finished|done|complete)(?: successfully| already| by now| ok| fine)*(?=$| in | from |[,.])",
        r"\1completed jobs",
    ),
    (
        "exit leave quit done logout finished disconnect detach out exits up",
        rf"[,;]? (?:and )?(?:then )?(?:to be |get |gets |should be )?{_GONE}(?: it| the pod| that pod| itself)? (?:when|once|after|as soon as|"
        rf"the moment|on)(?: i| we|i)?(?:'?m)? ?{_LEAVE}{_ENDS}",
        ", temporary",
    ),
    (
        "once",
        rf"^run ((?:[\w.-]+/)*[\w.-]*curl[\w.:-]*) (?:once |just once )(?:as|named|called) ({_NAME}){_PLACE} (?:to |and )?(?:hit|curl|"
        rf"call|fetch|get|probe|check|request) (https?://[\w./:?=%-]+),? (?:and )?(?:then )?{_GONE}(?: it| the pod)?(?: again| after"
        rf"(?:wards?)?)?{_ENDS}",
        r"run a temporary pod \2 with image \1\3: curl \4",
    ),
    (
        "once",
        rf"^run ({_NAME}[\w./:-]*) (?:once |just once )(?:as|named|called) ({_NAME}){_PLACE}(?: to run|:| with| running) ([\w./:= -]+?),? "
        rf"(?:and )?(?:then )?{_GONE}(?: it| the pod)?(?: again| after(?:wards?)?)?{_ENDS}",
        r"run a temporary pod \2 with image \1\3: \4",
    ),
)
"""(words of which one must be said, what is said, how the engine has it)."""

_LIMITING = lazily(
    r"\b(?:exc?ept\w*|exclud\w*|unless|besides|apart from|other than|older|newer|only if|only when|"
    r"only while|while|instead|rather|neither|minus|skip\w*|omit\w*)\b",
    re.IGNORECASE,
)
_WORD = lazily(r"[a-z0-9-]+")


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[frozenset[str], re.Pattern[str], str], ...]:
    return tuple(
        (frozenset(needs.split()), lazily(said, re.IGNORECASE), put) for needs, said, put in RULES
    )


def plainer(request: str) -> str:
    """The request with what one of the rules knows said in other words; a limit never gets lost."""
    text = request
    said = set(_WORD.findall(request.lower()))
    for needs, pattern, put in _rules():
        if not needs.isdisjoint(said):
            text = pattern.sub(partial(_kept, put), text)
    return text


def _kept(put: str, match: re.Match[str]) -> str:
    text = match.expand(put)
    lost = len(_LIMITING.findall(match.group())) > len(_LIMITING.findall(text))
    return match.group() if lost else text
