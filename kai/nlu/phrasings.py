"""How operators talk about workloads, in the words the engine reads: objects first, half sentences.

As in `wordings.py` each rule keeps the meaning and is tried only for a request that was not
understood as it stands; what comes out must still be explained to the last word.
"""

from __future__ import annotations

_NAME = r"[\"']?[a-z0-9](?:[\w.-]*[a-z0-9])?[\"']?"
_KINDS = r"(?:deployments?|deploys?|statefulsets?|sts|daemonsets?|ds|replicasets?|rs|cronjobs?)"
_THING = rf"(?:(?:the )?(?:{_KINDS} )?{_NAME}(?: {_KINDS})?)"
"""A workload with or without its kind: "the api deploy", "sts redis", "web"."""
_NUMBER = (
    r"(?:\d+|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty)"
)
_PIECES = r"(?: (?:replicas?|pods?|copies|instances?))"
_FILE = r"[\"']?[\w./~-]+\.(?:ya?ml|json)[\"']?"
_BAD = (
    r"(?:(?:very|really|so|clearly|kinda|a bit|totally|pretty) )?(?:bad|broken|wrong|faulty|buggy|borked|busted|"
    r"a mistake|no good|not good|worse|failing|crashing|unstable|a dud|a disaster|terrible|horrible|"
    r"hosed|rubbish|garbage|trash|crap|shit|flaky|too slow|slow)"
)
_RELEASE = r"(?:release|build|version|deploy|rollout|image|tag|update|change|push|deployment|one)"
_BACK = (
    r"(?:revert|undo|roll back|rollback|back out|take back|reverse|roll(?= it back)|take(?= it back)|"
    r"bring(?= it back)|back(?= it out)|put(?= it back)|turn(?= it back))"
)
_IT = r"(?: (?:it|that|this|that one|this one|them))?(?: (?:back|out))?"
_GOOD = r"(?:ok|okay|fine|good|great|stable|working|healthy|alright|the last good one|the good one)"

RULES: tuple[tuple[str, str], ...] = (
    # ------------------------------------------------------------ objects and files
    (
        rf"\b(?:both )?(?:the )?({_NAME}) (?:and|\+|&) (?:the )?({_NAME}) ({_KINDS})\b(?! {_NAME}$)",
        r"\3 \1 and \2",
    ),
    (rf"\b(?:both )?({_KINDS}) ({_NAME}) (?:and|\+|&) (?:the )?\1 ({_NAME})", r"\1 \2 and \3"),
    (rf"\bboth ({_NAME} and {_NAME})\b", r"\1"),
    (
        r"\b(?:what(?:ever)?|all|everything|the ones?|the things?|those)(?: (?:deployments?|objects?|"
        r"resources?|workloads?|sets?|it))*(?: that)?(?: (?:is|are))?(?: that)? (?:defined|described|declared|"
        rf"listed|found|contained|specified|kept) (?:in|by) ({_FILE})",
        r"\1",
    ),
    (
        rf"\bwhat(?:ever)? ({_FILE}) (?:describes?|defines?|declares?|contains?|holds?|says?|lists?)\b",
        r"\1",
    ),
    (
        rf"\b(?:whatever|all(?: the)?|any|those|every|each)? ?({_KINDS}) (?:have|has|carry|carries|bear|that have|"
        r"which have|that carry) (?=[\w./-]+=)",
        r"all \1 with label ",
    ),
    (
        rf"\b(?:wherever|where) ([\w./-]+=[\w.-]+) \(({_KINDS})\b,? ?([^()]*)\)",
        r"on all \2 with label \1, \3",
    ),
    (
        rf"^(pause|unpause|resume|restart|bounce|freeze|hold|halt|roll back|rollback) ({_NAME}) (?:\+|&) ({_NAME})\b",
        r"\1 \2 and \3",
    ),
    (
        rf"\b(?:the|our) (prod|production|staging|stage|stg|dev|test|qa|demo|uat|preprod) ({_NAME}(?: {_KINDS})?)"
        r"(?=$|[,.;]| to \d| down| off| please| pls)",
        r"\2 in \1",
    ),
    # ------------------------------------------------------------ rollouts
    (
        rf"^({_NAME}) v?\d[\w.]* (?:is|was|looks|seems|turned out) {_BAD}(?:[,;:.-]| ->| =>)* (?:so |please |pls |and )*{_BACK}{_IT}",
        r"roll back \1",
    ),
    (
        r"^((?:please |pls )?(?:restart|roll|bounce|kick|recycle|cycle|redeploy)\b[^,;]+)[,;:-]+ (?:the |its |our |new )?(?:[\w-]+ ){0,2}"
        r"(?:config|configmap|cm|secrets?|certs?|certificates?|settings|passwords?|credentials|creds|token|env) "
        r"(?:(?:has|have|was|were|got|just|been|is|are) )*(?:changed|rotated|renewed|updated|replaced|reloaded|new|there|out)$",
        r"\1",
    ),
    (
        rf"\blet (?:the )?(?:(?:rollout|deploy) of )?({_THING})(?: rollout)? (?:roll|go|proceed|continue|carry|move|run)"
        r"(?: on| again| ahead| forward| out| its course)*(?=$|[,.;]| in | pls| please| now)",
        r"resume the rollout of \1",
    ),
    (
        rf"^(?:the |our |my )?(?:new|last|latest|newest|current|fresh) ({_NAME}) {_RELEASE} "
        rf"(?:is|was|looks|seems|turned out|went|got) {_BAD}[,;:.-]* (?:so |please |pls |and )*{_BACK}{_IT}",
        r"roll back \1",
    ),
    (
        rf"^(?:the |our |my )?(?:new |last |latest |newest |current )?{_RELEASE} (?:of|for|on) ({_THING}(?: (?:in|from) {_NAME})?) "
        rf"(?:is|was|looks|seems|turned out|went|got) {_BAD}[,;:.-]* (?:so |please |pls |and )*{_BACK}{_IT}",
        r"roll back \1",
    ),
    (
        rf"^(?:the )?(?:(\d+)(?:st|nd|rd|th) (?:revision|rev|version)|(?:revision|rev|version) (\d+)) (?:of|for|on) "
        rf"({_THING}) (?:was|is|worked|looked|ran)(?: {_GOOD})?[,;:.-]* (?:so |please |pls )*(?:restore|go back to|"
        r"bring back|return to|get back to|back to|take|use|switch back to|roll back to|put back) "
        r"(?:that|it|this)(?: one| version| revision| rev)?(?: back)?\b",
        r"roll back \3 to revision \1\2",
    ),
    (
        rf"\b(?:put|set|get|bring|take|move) ({_THING}) (?:back )?(?:on|to|at|onto) (?:revision|rev) (\d+)(?: again)?\b",
        r"roll back \1 to revision \2",
    ),
    (
        rf"^({_THING}(?: (?:in|from) {_NAME})?)(?: ->| =>| \u2192| onto| on to| to| back on)(?: the)? (?:revision|rev) (\d+)",
        r"roll back \1 to revision \2",
    ),
    (
        rf"^({_THING}(?: (?:in|from) {_NAME})?)(?: ->| =>| \u2192| to| back to)(?: the| its)? (?:previous|prior|last|old) (?:version|revision|release|rev)",
        r"roll back \1",
    ),
    (
        rf"\b(?:go|get|return|move|switch)(?: back)? to (?:revision|rev) (\d+) (?:with|w/|on|for|of) ({_THING})",
        r"roll back \2 to revision \1",
    ),
    (
        rf"^(?:the )?(?:prev|previous|prior|last good|last working|old) (?:version|revision|release|build|rev) "
        rf"(?:of|for) ({_THING})(?=$|[,.;]| in | pls| please| again| back)",
        r"roll back \1",
    ),
    (
        r"^((?:stop|pause|hold|halt|freeze|suspend)\b.*?)(?: any)? (?:further|more)(?=$|[,.;]| in )",
        r"\1",
    ),
    (
        r"^((?:stop|pause|hold|halt|freeze|suspend)\b.*?)[,;]? (?:and |but |just )*(?:keep|leave) (?:what|whatever|everything)"
        r"(?:'s| is)? (?:there|running|out|live|up)(?: as (?:it )?is)?",
        r"\1",
    ),
    (
        r"^((?:pause|hold|freeze|halt)\b[^,;]+)[,;]? (?:i|we)(?:'ll| will| want to| wanna| need to|'m going to|"
        r" have to| am about to|'re about to| plan to|'d like to| still) (?:change|edit|tweak|update|do|make|"
        r"patch|adjust|check|look|test)\b[^,;=]*$",
        r"\1",
    ),
    (
        rf"^(?:the )?(?:canary|new version|new pods?|first pods?|it|things|everything|numbers|graphs|metrics|dashboards?)"
        rf" (?:looks?|is|are|seems?) {_GOOD}(?: now| so far| to me)?[,;:.-]+ (?:so |please |pls )*"
        r"(?=continue|resume|carry on|go on|proceed|unpause|roll on|keep rolling|go ahead)",
        "",
    ),
    (
        r"^(?:the )?(?:new )?(?:config|configmap|cm|secrets?|certs?|certificates?|settings|passwords?|credentials|creds|"
        r"token|tokens|license|env)(?: has| have)? (?:changed|got renewed|were renewed|was renewed|been renewed|"
        r"got rotated|was rotated|were rotated|been rotated|been changed|been updated|was updated|were updated|"
        r"got updated|is new|are new|was replaced|were replaced|rotated|updated|renewed)[,;:.-]*(?: so| and|:)* ",
        "",
    ),
    (
        rf"^({_THING}(?: (?:in|from) (?:ns |namespace )?{_NAME})?) (?:has|have|needs|need|must|should)(?: to)? "
        rf"(?:come up fresh|start fresh|come back fresh|come up again|be fresh)[,;:.-]+ (?:so |please |pls )*"
        rf"(?:roll|restart|bounce|kick|cycle|recycle) (?:the )?({_KINDS}|it)$",
        r"restart \1, \2",
    ),
    (rf"^restart (.+), ({_KINDS})$", r"restart \2 \1"),
    (r"^restart (.+), it$", r"restart \1"),
    (
        rf"^({_THING})((?: (?:in|from) (?:ns |namespace )?{_NAME})?) (?:hangs|acts up|is acting up|acts weird|acts funny|"
        r"misbehaves|is misbehaving|is stuck|is hanging|is wedged|got stuck|is weird|is flaky|leaks|leaks memory|is slow|"
        r"is hung|is frozen|is sick|is unhappy|is confused|is broken|is dead|went crazy)(?: again| as usual| once more)?"
        r"[,;:.-]+ (?:so |please |pls |just )*(restart|bounce|kick|recycle|cycle|reboot|redeploy|roll)(?: it| that| them)?"
        r"(?= \(|$|[,.;]| pls| please| again)",
        r"\3 \1\2",
    ),
    (
        rf"\bfor (?:the )?{_NAME} pods of (?:the )?({_THING})",
        r"for \1",
    ),
    # ------------------------------------------------------------ scaling
    (
        rf"^(?:but )?(?:only )?(?:if|when|provided|as long as|in case|assuming)(?: that)? ({_THING}) (?:still |currently |"
        rf"really |now )*(?:has|runs|is at|is on|is running|sits at|stands at) ({_NUMBER}){_PIECES}?(?: now)?,? (?:then )?"
        rf"(?:make|set|scale|bring|take|put|get|change|turn|raise|drop)(?: it| that| them)?(?: into| up to| down to| to)?"
        rf" ({_NUMBER}){_PIECES}?",
        r"scale \1 to \3 only if it currently has \2",
    ),
    (
        rf"^(?:provided|if|as long as|assuming|when|only if|only when)(?: that)? it(?:'?s| is)?(?: still| currently| really)*"
        rf"(?: at| on| running| has| runs| have)* ({_NUMBER}){_PIECES}?(?: now| right now)?,? (?:then )?(.*)$",
        r"\2 only if it currently has \1",
    ),
    (
        rf"^from ({_NUMBER}) to ({_NUMBER}){_PIECES}? (?:for|of|on|with) ({_THING}),? (?:but )?(?:please )?(?:abort|fail|stop|"
        rf"bail|bail out|do nothing|leave it|not) (?:when|if|unless) (?:it(?:'?s| is| has)?|they(?:'?re| are)?|there are) ?"
        rf"(?:not |isn'?t |aren'?t |no longer )?(?:at |on |running )?\1(?: right now| now| anymore| any more| currently)?",
        r"scale \3 to \2 if it currently has \1",
    ),
    (
        rf"^from ({_NUMBER}) to ({_NUMBER}){_PIECES}? (?:for|of|on|with) ({_THING})",
        r"scale \3 to \2 if it currently has \1",
    ),
    (
        rf"\b(?:scale|crank|bring|take|turn|dial|ramp|bump|spin|pump|wind|beef|push|move|knock|cut|get|put|drop|trim|"
        rf"pull|fan|blow|size|step|raise|shrink|grow) ({_THING}(?: (?:in|from) {_NAME})?) "
        rf"(?:back |all the way |right )?(?:up|down|out|in|back|over)(?: again)? to ({_NUMBER})\b",
        r"scale \1 to \2",
    ),
    (
        rf"\b(?:scale|spin|bring|take|wind|turn|shut|power|ramp|dial|crank|cut|pull|drop|switch) ({_THING}(?: (?:in|from) {_NAME})?) "
        r"(?:(?:completely|entirely|fully|all the way|right|totally) (?:down|off|to zero|to 0)|(?:down|off) (?:completely|"
        r"entirely|fully|altogether|totally|for good))\b",
        r"scale \1 to zero",
    ),
    (
        rf"^no (?:more |further )?(?:pods|replicas|instances|copies) (?:of|for) ({_THING})(?: until \w+| till \w+| for now| today| tonight)?"
        r"(?: please| pls)?[,;:] (?:so )?(?:scale|take|bring|turn|spin|shut)(?: it)? (?:down completely|down to zero|to zero|to 0|all the way "
        r"down|down to 0|off|down)",
        r"scale \1 to zero",
    ),
    (r"^why so (?:few|many|little)(?: of (?:them|it))?\s*\?+\s*", ""),
    (r"^(?:double|single|triple) digits(?: please| pls)?[,:;] ", ""),
    (
        rf"^({_NUMBER})(?:{_PIECES})? of ({_THING})(?=$|[,.;]| in | pls| please| now)",
        r"scale \2 to \1",
    ),
    (rf"^(\d+)x ({_THING})(?=$|[,.;]| in | pls| please| now)", r"scale \2 to \1"),
    (
        rf"^({_THING}(?: in {_NAME})?) (?:can|could|will|should|may)? ?(?:live|do|be fine|be happy|be ok|get by|make do|"
        rf"is fine|is happy|is ok|gets by|manage|cope|survive|run|work|is good|does fine) (?:with|on) (?:just |only )?"
        rf"({_NUMBER}){_PIECES}?(?: instead| now)?(?=$|[,.;]| pls| please| for )",
        r"scale \1 to \2",
    ),
    (
        rf"^(?:make|set) it ({_NUMBER}){_PIECES}? (?:for|on|of|with) ",
        r"set replicas to \1 for ",
    ),
    (
        rf"^(?:give|get) ({_THING}(?: in {_NAME})?) (?:an? )?(?:hpa|autoscaler|horizontal pod autoscaler|autoscaling)\b",
        r"autoscale \1",
    ),
    (
        rf"^({_NAME}) ({_NUMBER}) ?(?:->|=>|\u2192|to) ?({_NUMBER})(?:{_PIECES})?[,;] (?:its|it's|it is|they|too|the)\b[^,;=]*$",
        r"scale \1 to \3",
    ),
    (
        rf"^({_THING}(?: (?:in|from) {_NAME})?) (?:up|down|back|out|back up|back down) to ({_NUMBER})\b(?!%)",
        r"scale \1 to \2",
    ),
    (r"^(?:could|can|would) (?:somebody|someone|anybody|anyone|one of you) (?:please |pls )?", ""),
    (r"^replicas: ?(\d+) for ", r"set replicas to \1 for "),
    (
        rf"^(?:remove|drop|delete|get rid of|kill) (?:the )?(?:autoscaler|hpa|autoscaling)(?: from| of| for| on) (?:the )?"
        rf"(?:{_KINDS} )?({_NAME})(?: {_KINDS})?",
        r"delete hpa \1",
    ),
    # ------------------------------------------------------------ images
    (
        rf"^(?:the )?({_NAME}) (cronjob|deployment|deploy|sts|statefulset|ds|daemonset)((?:[,;]? (?:in |from )?(?:ns|namespace) {_NAME})?): "
        r"(?=[\w-]+=[\w./-]+[:@][\w.-]+)",
        r"set image of \2 \1\3 to ",
    ),
    (
        r"^(?:show|give|print)(?: me)? the (?:yaml|manifest) (?:you'?d|i'?d|we'?d|one would|that you would|you would|i would) get (?:with|for|from) (.+?)"
        r"(?:[,;] (?:but )?(?:don'?t|do not) (?:apply|run|do|change)(?: it| anything)?)?$",
        r"set \1 with a client dry run as yaml",
    ),
    # ------------------------------------------------------------ resources
    (r"\bhalf an? (?:cpu )?(?:v?cpu|core)\b", "500m cpu"),
    (r"\b(?:a )?quarter(?: of)?(?: an?)? (?:v?cpu|core)\b", "250m cpu"),
    (r"\b(?:one|1) and a half (?:v?cpus?|cores?)\b", "1500m cpu"),
    (r"\bhalf a gig(?:abyte)?(?: of)?(?: memory| ram| mem)?\b", "512Mi memory"),
    (r"\ban? (?:full |whole )?(?:v?cpu|core)\b(?=$| for| to| of)", "1 cpu"),
    (r"\ba gig(?:abyte)?(?: of)?(?: memory| ram| mem)?\b", "1Gi memory"),
    (r"\breq\w*:? (\d+m?)/(\d+[KMGT]i?)\b", r"requests cpu \1 memory \2"),
    (r"\blim\w*:? (\d+m?)/(\d+[KMGT]i?)\b", r", limits cpu \1 memory \2"),
    (r"\s*\(cpu ?/ ?(?:mem|memory|ram)\)", ""),
    (
        r",? i\.?e\.?,? (?:strip|drop|remove|lift|clear) (?:its|the|all|their) (?:limits?|requests?)\b",
        "",
    ),
    (r"^ask for (?=\d)", "request "),
    (
        rf"^({_THING}) (?:keeps|gets|is|was|got|has been|runs|hits|needs|wants)\b[^,;:=]{{2,50}}[,;:] (?:so |please |pls )*"
        r"(raise|lower|bump|set|increase|decrease|reduce|double|cut|drop|change|give|up|cap|limit) (?:its|his|their) ",
        r"\2 \1 ",
    ),
    # ------------------------------------------------------------ accounts, variables
    (
        rf"^(?:run|start|let) ({_THING}(?: in {_NAME})?)(?: run)? (?:under|as|with|using) (?:the )?"
        rf"(?:sa|service ?account) ({_NAME})",
        r"set service account of \1 to \2",
    ),
    (
        r"\b(?:swap|replace|exchange|trade|switch) (?-i:([A-Z][A-Z0-9_]+)) (?:for|with|by|to) (?-i:([A-Z][A-Z0-9_]*=\S+))",
        r"set env \2 \1-",
    ),
    (r"^note (?=[\"'])", "record "),
    (
        r"^would (pod .+? (?:with|from|off|on) \S+) (?:be )?(?:admitted|accepted|allowed|pass|go through|work)\b(.*?)\?",
        r"\1 \2,",
    ),
    (
        r"^let (?:the rest of the cluster|the cluster|everyone|others|other pods|the other pods|other services|people) "
        r"(?:reach|access|talk to|connect to|see|use) ",
        "expose ",
    ),
    (
        r"\s*\((?:remove|drop|unset) the old(?: one)?,? (?:and )?(?:add|set) the new(?: one)?\)",
        "",
    ),
)
