"""The long way round: what reference pages and careful writers say, in the words of a request.

Only for requests that were not understood as they stand. Each rule keeps the meaning: it drops an
explanation that repeats what is asked, or says the same in fewer words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from kai.nlu.patterns import pattern as lazily
from kai.nlu.phrasings import RULES
from kai.nlu.plainly import plainer

_Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]

_FILE = r"[\"']?(?P<file>[\w./~-]+\.(?:ya?ml|json))[\"']?"
_KIND = (
    r"(?:deployment|pod|service|node|job|replica ?set|replication controller|rc|object|resource)"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _date(match: re.Match[str]) -> str:
    """`from August 30, 2024, at 06:00:00 UTC` as `since 2024-08-30T06:00:00Z`."""
    month = _MONTHS.index(match["month"][:3].lower()) + 1
    clock = match["clock"] if match["clock"].count(":") == 2 else match["clock"] + ":00"
    return f"since {match['year']}-{month:02}-{int(match['day']):02}T{clock}Z"


def _subjects(match: re.Match[str]) -> str:
    """Subjects named by what they are: `user1 and group2` as `user user1 and group group2`."""
    place = re.sub(r"\b(user|group)(-?\d+)\b", r"\1 \1\2", match["whom"], flags=re.IGNORECASE)
    place = re.sub(
        r"\b(?:service ?account )?(serviceaccount-?\d+) (?:of|in|from) (?:the )?namespace"
        r"(?: called| named)? ([\w-]+)",
        r"service account \2:\1",
        place,
        flags=re.IGNORECASE,
    )
    return f"add {place} to the {match['binding']}" if place != match["whom"] else match.group()


_REMARK = lazily(
    r"\s*\((?P<said>(?:such as|e\.?g\.?|i\.?e\.?|for example|for instance|also known as|aka|"
    r"in other words|docker|\d+ container|single container|[\"']?\*[\"']? (?:means|is))\b[^()]*|"
    r"docker [a-z ]+)\)",
    re.IGNORECASE,
)
"""A remark in parentheses that only illustrates what stands before it, by how it begins."""

_NO_SERVICE = lazily(
    r"\s*\((?:do not|don'?t) create (?:a |an |any |the )?(?:service|ingress)\b[^()]*\)",
    re.IGNORECASE,
)
_TOUCHES = lazily(
    r"\b(?:delet|drain|remov|scal|evict|kill|taint|restart|roll|cordon|patch|replac|appl|set\b|unset|"
    r"edit|label|annotat|updat|chang|stop|prun|clean|wip|purg|add\b|mov|bounc|rm\b|nuk|destroy)",
    re.IGNORECASE,
)
_NARROWS = lazily(
    r"\b(?:not|no|only|but|except|excluding|without|unless|if|when|in|from|on|namespace|ns|context|"
    r"cluster|older|newer|label|labels|with|and|or)\b|[=/]",
    re.IGNORECASE,
)
_LIKENED = lazily(
    r"[.;] (?:this|that|it) is (?:similar to|like|the same as|equivalent to) [^.;]*\.?$",
    re.IGNORECASE,
)


def _without_remarks(text: str) -> str:
    """The request without its remarks, where it changes nothing and they could not narrow it."""
    if re.match(r"create (?:a |the )?deployment\b", text, re.IGNORECASE):
        text = _NO_SERVICE.sub("", text)
    if _TOUCHES.search(_REMARK.sub("", text)):
        return text
    text = _LIKENED.sub("", text)
    return _REMARK.sub(lambda match: match.group() if _NARROWS.search(match["said"]) else "", text)


_RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"(?<=\w)\(s\)", "s"),
    (r"\bnon-(?=(?:running|ready|healthy|bound|completed|pending|default|terminating)\b)", "not "),
    (r"\s*\((?:like|e\.?g\.?) \d+/\d+\)", ""),
    (
        r"\b(?:the )?(?:last time|when) (?:did )?(?:the )?(?:cron ?job (\S+)|(\S+) cron ?job) (?:got|was|last|has)? ?"
        r"(?:been )?(?:last )?(?:scheduled|schedule|ran|run|fired|fire|executed|triggered|kicked off)\b(?: last)?",
        r"last schedule time of cronjob \1\2",
    ),
    (
        r",? (?:leaving|with) ([\w-]+)(?: and ([\w-]+))? (?:left )?out$",
        lambda match: ", except in " + " and ".join(filter(None, match.groups())),
    ),
    (r"\((use a selector to exclude [^()]*)\)", r"\1"),
    (r"\bexpanded(?: \(aka \W?wide\W?\))? output", "wide output"),
    (r"\((replication controller|replica ?set)\)", r"using \1"),
    (r",? without touching (?:the |any )?other (?:values|fields|entries)\b", ""),
    (r"\bset only the \W?([\w-]+)\W? field\b", r"set the \1 field"),
    (r"^check to see (?:if|whether)\b", "check if"),
    # ------------------------------------------------------------ manifests
    (r"\b(?:multiple|several) (files|manifests)\b", r"\1"),
    (r"\bfrom (?:the |an? )?url (?=https?://)", "from "),
    (
        r"\b(create|apply) (?:the |all )?(?:resources|objects)(?: that are| which are)?(?: defined)?"
        r" (?:in|from) (?:all|any|every)(?: of)?(?: the)?(?: manifests?| ya?ml| json|,| or| and| \.\w+)*"
        r" files? (?:in|within|inside|under|from) (?:the )?(?:dir(?:ectory)? |folder )?"
        r"(?:\./)?([\w./-]+)(?: dir(?:ectory)?| folder)?[. ]*$",
        r"\1 resources from ./\2",
    ),
    (
        r"\b(?:from|in) (?:the |a )?(?:directory|dir|folder) (\S+?)/? (?:containing|with|that contains|"
        r"that has|holding) (?:a |the )?kustomization(?:\.ya?ml)?(?: file)?",
        r"from -k \1",
    ),
    (
        r"\bfrom (?:a |the )?(?:directory|dir|folder) with (?:a )?kustomization(?:\.ya?ml)? -"
        r" e\.?g\.? (\S+)/kustomization\.ya?ml",
        r"from -k \1",
    ),
    (
        rf"\b(?:the |a |an )?{_KIND} (?:identified|specified|defined|described)"
        rf"(?: by (?:its )?type and name)?(?: (?:given|specified|found))? (?:in|by) (?:the file )?{_FILE}",
        r"\g<file>",
    ),
    (rf"\b(?:the |a )?{_KIND} (?:definition|manifest)(?: file)? {_FILE}", r"\g<file>"),
    (r",? and update (?:it|them) on the server\b", ""),
    (
        rf"\bvalidate (?:the )?(?:ya?ml )?(?:file )?{_FILE} with (?:a )?dry[ -]run",
        r"apply \g<file> with a client dry run",
    ),
    (
        r"\bexecute (set-last-applied) against (?:each|every) (?:configuration )?file in (?:the )?(?:directory )?(\S+)",
        r"set last applied from \2",
    ),
    (
        r"\b(match(?:es)? (?:the )?label (\S+)),? and delete (?:all )?(?:the )?other resources that are not in the file and match(?:es)? (?:the )?label \2",
        r"\1 and prune",
    ),
    (
        rf"\bedit the data in {_FILE} in (json|yaml),? (?:and )?then create the resource (?:using|from|with) the edited data",
        lambda match: f"create from {match['file']} --edit --output={match[2].lower()}",
    ),
    (r"\b(CRD) resource of (\S+\.ya?ml) in the (?:k8s|kubernetes) api(?: server)?", r"\1 from \2"),
    # ------------------------------------------------------------ versions, sub-resources, patches
    (
        r"\b(deployments|statefulsets|daemonsets|replicasets|jobs|cronjobs|ingresses)\b(.*?),? (?:in|from|using) the "
        r"\W?(v\d\w*)\W? version of the \W?([a-z0-9.]+)\W? api(?: group)?",
        r"\1.\3.\4\2",
    ),
    (r"\bthe \W?(status|scale)\W? subresource (?:for|of|on) (.+)$", r"\2 --subresource=\1"),
    (r"\b(?:through|via|using|on) the \W?(status|scale)\W? subresource\b", r"--subresource=\1"),
    (r",? specifying (?:the )?patch (?:as|in) (?:json|ya?ml)\b", ""),
    # ------------------------------------------------------------ exposing, creating, running
    (
        r"\ba replicated (\S+) (?:using|with|through)(?: a)? (replication controller|replica ?set)",
        r"the \2 \1",
    ),
    (r"\b(?:second|another|new|additional) service based on\b", "service for"),
    (r"\bdefining port (\d+) as the port that (?:this|the|its) containers? exposes?", r"port \1"),
    (
        r"[.;,]? (?:and )?declar(?:e|ing) that (?:the )?containers?(?: in (?:this|the) pod)?(?: will)?"
        r" (?:accepts?|serves?|listens?)(?: traffic)? (?:on|at) port (\d+)",
        r", port \1",
    ),
    (r"\ba single instance of (?:an? )?(\S+) pod\b", r"a \1 pod"),
    (r"\bin the namespace of (?=[\w-]+$)", "in the namespace "),
    (
        r"\b(?:using|with) the default command,? but with (?:the )?custom arguments\b",
        "with the arguments",
    ),
    (
        r"\brun (?:the )?(?:command )?([a-z]+(?: [\w./=-]+){0,4}) in (?:the |an )?(?:existing )?(pod|container)\b",
        r'run command "\1" in \2',
    ),
    (
        r"^check [\w ]+ of (?:the )?pod (\S+) with ((?:ls|cat|df|mount|du|env)\b[\w ./-]*)$",
        r'run "\2" in pod \1',
    ),
    (
        r"^(?:verify|check|confirm)(?: that)? ['\"]?(/[\w./-]*\w)['\"]? (?:of|in|on) (?:the )?pod (\S+)"
        r" contains (?:the |a )?(?:file )?['\"]?([\w.-]+)['\"]?(?: file)?$",
        r"ls \1/\3 in pod \2",
    ),
    (
        r"\blist (?:the )?contents of (/\S+) (?:from|in) the first container of pod (.*?) and sort by modification time$",
        r'run "ls -t \1" in pod \2',
    ),
    (r"\bcopy pod file (?=/)", "copy "),
    (r"\bto local (?=/)", "to "),
    # ------------------------------------------------------------ looking
    (r"^there(?:'?s| is| are) no (.+?),? (?:or )?(?:is|are) there\b\??$", r"is there a \1"),
    (
        r"^(?:did|has|have) (?:any|some)(?:body|one|1) (?:already |ever )?(?:creat(?:ed?)|ma[dk]e|add(?:ed)?|"
        r"deploy(?:ed)?|set up|install(?:ed)?|defined?|configured?|left|leave|put) (an?|any|the|some)\b",
        r"is there \1",
    ),
    (
        r"^.*?(?:\.{2,}|\u2026)\s*(?:no|just|actually|wait|rather|nah|hm+)[, ]+(?:just )?(?=(?:all |the |my )*"
        r"(?:pods?|po|deploy\w*|services?|svcs?|secrets?|configmaps?|cms?|nodes?|jobs?|cronjobs?|sts|"
        r"statefulsets?|daemonsets?|ds|ingress\w*|events?|pvcs?|pvs?|namespaces|hpas?)\b)",
        "show ",
    ),
    (
        r",? including (?:more )?(?:details|information) (?:about|on) (?:potential|possible|any) (?:issues|problems)",
        ", including details",
    ),
    (r"\b(history\b.*?),? including (?:the |its )?revisions?\b", r"\1"),
    (
        r"\bwith (?:the )?custom[ -]columns template(?: file)? ([\w./-]+)",
        r"--output=custom-columns-file=\1",
    ),
    (r",? with server-side (?:columns|printing) (?:disabled|off)", " --server-print=false"),
    (
        r"^(?:list|show|see) what(?:'s| is) (?:currently )?running in (?:the|this|my) (?:current )?namespace$",
        "list pods",
    ),
    (
        r"\buse a selector to exclude (?:results|nodes|pods|those) (?:that have|with|having) (?:a |the )?label(?: named)? ['\"]?([\w./-]+)['\"]?",
        r"without label \1",
    ),
    (r"\bcreated by the deployment \S+ by its label\b", "with label"),
    (r"\bwith a template$", ""),
    (r"\bpersist volume\b", "persistent volume"),
    (
        r"\bget output from the first pod of (?:a |the )?(replica ?set|deployment|stateful ?set)(?: named| called)?",
        r"attach to the \1",
    ),
    (
        r"\b(?:starting )?(?:from|since|after) (?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*"
        r" (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4}),? (?:at )?(?P<clock>\d\d:\d\d(?::\d\d)?) UTC\b",
        _date,
    ),
    # ------------------------------------------------------------ questions the other way round
    (r"^what(?:'?s| is) (?:labell?ed|tagged) on ", "labels of "),
    (
        r"^(?:who|what|which)(?:'?s| is| are) (?P<how>[\w -]{3,30}) (?:among|amongst|out of) (?:the |all |all the |our )?(?P<what>\w+)[?]?$",
        r"which \g<what> are \g<how>",
    ),
    # ------------------------------------------------------------ the object before the order
    (
        r"^(?P<what>[\w./ =-]{3,60}?)\s*(?::|,| -+) (?:please |pls |plz |just |and )*"
        r"(?P<do>delete|remove|kill|restart|bounce|drain|cordon|uncordon|describe|edit|pause|resume|undo|roll back|"
        r"rollback|scale|expose|evict|taint|untaint|suspend) (?:it|them|that|those|this|these|that one)"
        r"(?P<all> all)?(?=[ ,.]|$)",
        lambda match: f"{match['do']} {'all ' if match['all'] else ''}{match['what']}",
    ),
    # ------------------------------------------------------------ changing
    (rf"^(?:get|bring|put) {_FILE} (?:up|live|out there|up and running)\b", r"apply \g<file>"),
    (
        rf"^put {_FILE} (?:on|in|into|onto) (?:the )?(?:ns|namespace)\b",
        r"apply \g<file> in namespace",
    ),
    (
        rf"^{_FILE} (?:has |was |got |is )?(?:changed|updated|new|merged)(?: in git)?, ",
        r"\g<file>, ",
    ),
    (
        rf"^{_FILE} (?:is )?too (?:big|large) for (?:a )?client[- ]?(?:side )?apply, do it ",
        r"apply \g<file> ",
    ),
    (r",? (?:well|you know|i mean),? the kustomize one(?: you know)?$", " kustomize"),
    (r"\boverwrite (the (?:existing|current|old) value of .*?) with (\S+)$", r"change \1 to \2"),
    (
        r"\bhaving ['\"]?([\w./-]+)=([\w.-]+)['\"]? or ['\"]?\1=([\w.-]+)['\"]?(?: labels?)?",
        r"having \1 in (\2,\3)",
    ),
    (r"\bannotations ([\w./-]+) and ([\w./-]+) (?=of |from )", r'annotations "\1" and "\2" '),
    (r"\ball (?:of )?the taints (?=with |of |having )", "the taints "),
    (
        r"^if (?:the )?deployment (?:named |called )?(\S+?)'s (?:current )?(?:size|replica count) is (?:currently )?"
        r"(\d+),? (?:then )?scale \1 to (\d+)$",
        r"scale deployment \1 from \2 to \3",
    ),
    (r"\breach(?:es)? the \W?(\w+)\W? (?:status )?condition\b", r"\1"),
    (
        r"^update the (?P<binding>(?:cluster )?role ?binding \S+) (?:for|with) (?P<whom>.+)$",
        _subjects,
    ),
    # ------------------------------------------------------------ kubeconfig
    (
        r"\bthe url (\S+) to a proxy server(?: to use)?(?: for requests(?: made by (?:this|the) client)?)?",
        r"proxy url \1",
    ),
    (
        r"\bset the (cluster|user|namespace) field (?:in|of|on) the (\S+) context to (\S+)$",
        r"set context \2 with \1 \3",
    ),
)


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    """The rules compiled: only when a request needs them."""
    spoken = ((pattern, _keeping(put)) for pattern, put in RULES)
    return tuple((lazily(pattern, re.IGNORECASE), put) for pattern, put in (*spoken, *_RULES))


_LIMITING = lazily(
    r"\b(?:exc?ept\w*|exclud\w*|unless|besides|apart from|other than|older|newer|only if|only when|only while|"
    r"while|instead|rather|neither|minus|skip\w*|omit\w*)\b",
    re.IGNORECASE,
)


def _keeping(put: str) -> Callable[[re.Match[str]], str]:
    """What writes `put`, but leaves alone what says a limit that `put` does not say."""

    def write(match: re.Match[str]) -> str:
        said = match.expand(put)
        lost = len(_LIMITING.findall(match.group())) > len(_LIMITING.findall(said))
        return match.group() if lost else said

    return write


_SHORT = 4
"""So many words need no other wording."""


_LONGEST = 600
"""Characters: three times the longest request of all rows; garbage must stay cheap."""


def reworded(request: str) -> str:
    """The request in the engine's words; unchanged where there is nothing to say otherwise."""
    text = request
    if len(text) > _LONGEST or len(text.split()) <= _SHORT - 1:
        return text
    text = plainer(_without_remarks(text))
    for pattern, put in _rules():
        text = pattern.sub(put, text)
    return text.strip() or request
