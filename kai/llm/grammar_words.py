"""The words of a grammar of kubectl commands: names, values by their form, texts in quotes.

Each is bounded, so that a model that writes noise comes to an end, and has the form that kubectl
reads: a selector in its place, a JSONPath whose braces close.
"""

from __future__ import annotations

from collections.abc import Mapping

_NESTED = 8
"""How deep a patch goes. Chosen: the limits of a container of a pod's template are 8 deep."""


def _json() -> dict[str, str]:
    """JSON without recursion: objects and lists that hold what is less deep."""
    rules = {"json0": "jstring | jnumber"}
    for depth in range(1, _NESTED + 1):
        rules[f"json{depth}"] = f"json0 | jobj{depth} | jlist{depth}"
        below = f"json{depth - 1}"
        pair = f'jkey " "? {below}'
        rules[f"jobj{depth}"] = f'"{{" " "? ({pair} ("," " "? {pair}){{0,5}} " "?)? "}}"'
        rules[f"jlist{depth}"] = f'"[" " "? ({below} ("," " "? {below}){{0,3}} " "?)? "]"'
    return rules


WORDS: Mapping[str, str] = {
    # 63 characters is the most that a label has (RFC 1123); longer names of objects are not seen.
    "name": "[a-z0-9] ([a-z0-9.-]{0,61} [a-z0-9])?",
    "space": "[a-z0-9] ([a-z0-9-]{0,61} [a-z0-9])?",
    "service": "[a-z] ([a-z0-9-]{0,61} [a-z0-9])?",
    # Of what is in a kubeconfig, and of roles and accounts.
    "entry": "[A-Za-z0-9] ([A-Za-z0-9._:@/-]{0,61} [A-Za-z0-9])?",
    "rolename": "[A-Za-z0-9] ([A-Za-z0-9._:-]{0,61} [A-Za-z0-9])?",
    # A word without quotes, as kai.kubectl.words reads it: no '=' first or behind ':', no '%' first.
    # None begins with a dash, so that no flag takes another one for its value.
    "part": '[A-Za-z0-9_./+@] (":"? [A-Za-z0-9_./,@+%-]){0,39}',
    "bare": 'part ("=" part){0,3}',
    # Quoted: no quote, no two blanks in a row, a backslash only before what fish leaves alone.
    "anychar": r'" "? ([!-&(-[\]-~] | "\\" [!-&(-[\]-~])',
    "anytext": "anychar{1,80}",
    # Nothing that a template or the shell would fill in.
    "qtext": '(" "? [!#%&()*+,./0-9:;=?@A-Z^_a-z|~-]){1,80}',
    # No dash in front: an argument would be read as a flag.
    "quoted": '''"'" " "? [!#%&()*+,./0-9:;=?@A-Z^_a-z|~] qtext? "'"''',
    "value": 'quoted | bare ("=" quoted)?',
    "file": 'quoted | bare | "-"',
    "count": '"0" | [1-9] [0-9]{0,4}',
    "some": "[1-9] [0-9]{0,4}",
    "int": '"0" | [1-9] [0-9]{0,8}',
    "seconds": '"0" | duration',
    "duration": '[0-9]{1,6} ("ms" | [smh] ([0-9]{1,4} [ms])?)',
    "time": '"20" [0-9]{2} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [12] [0-9] | "30") "T" '
    '("0" [0-9] | "1" [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] "Z"',
    "share": '[0-9]{1,4} "%"?',
    "eq": '"=" | " "',
    "to": '(" " | "=")?',
    "bool": '"=true" | "=false"',
    "object": 'kind "/" name',
    "account": 'space ":" name',
    "key": '([a-z0-9] ([a-z0-9-]{0,16} [a-z0-9])? ("." [a-z0-9] ([a-z0-9-]{0,16} [a-z0-9])?){0,4} "/")? word',
    "word": "[A-Za-z0-9] ([A-Za-z0-9._-]{0,61} [A-Za-z0-9])?",
    "label": 'key "=" word',
    "labels": 'label ("," label){0,3}',
    "note": 'key "=" (part | quoted)',
    "mark": 'key "=" word | key "-"',
    "marking": 'note | key "-"',
    "variable": '[A-Za-z_] [A-Za-z0-9_.]{0,60} "=" (part ("=" part)? | quoted)',
    "literal": '[A-Za-z0-9_] [A-Za-z0-9_.-]{0,60} "=" (part ("=" part)? | quoted)',
    "effect": '"NoSchedule" | "PreferNoSchedule" | "NoExecute"',
    "taint": 'key ("=" word?)? ":" effect "-"? | key "-"',
    "match": 'key ("!"? "=" word)?',
    "matches": 'match ("," match){0,3}',
    "qmatch": '"!" key | key (" "? ("=" | "==" | "!=") " "? word)? '
    '| key " " ("in" | "notin") " "? "(" word ("," " "? word){0,5} ")"',
    "selector": '''matches | "'" qmatch ("," " "? qmatch){0,3} "'"''',
    "fieldmatch": '[a-z] [A-Za-z.]{1,40} "!"? "=" [A-Za-z0-9] [A-Za-z0-9.-]{0,62}',
    "fields": 'fieldmatch ("," fieldmatch){0,3}',
    "port": '[1-9] [0-9]{0,3} | [1-5] [0-9]{4} | "6" [0-4] [0-9]{3} | "65" [0-4] [0-9]{2} '
    '| "655" [0-2] [0-9] | "6553" [0-5]',
    "ports": 'port ("," port){0,3}',
    "portname": '[a-z] ([a-z0-9]{0,14} | [a-z0-9]{0,3} "-" [a-z0-9]{1,10} | [a-z0-9]{0,9} "-" [a-z0-9]{1,4} '
    '| [a-z0-9]? "-" [a-z0-9]{1,7} "-" [a-z0-9]{1,4})',
    "reached": "port | portname",
    "forward": 'reached | (port | "0")? ":" reached',
    "served": 'port (":" reached)?',
    "host": '[a-z0-9]{1,20} ([.-] [a-z0-9]{1,20}){0,5} (":" port)? "/"',
    "imagepart": '[a-z0-9]{1,20} (("." | "_" | "__" | "-") [a-z0-9]{1,20}){0,4}',
    "image": 'host? imagepart ("/" imagepart){0,3} (":" [A-Za-z0-9_] [A-Za-z0-9_.-]{0,60})? '
    '("@sha256:" [0-9a-f]{64})?',
    "contained": '''entry "=" image | "'*=" image "'"''',
    "amount": '[0-9]{1,6} ("." [0-9]{1,3})? ("m" | [kMGT] | [KMGT] "i")?',
    "amounts": 'amountof "=" amount ("," amountof "=" amount){0,7}',
    "amountof": "[a-z] [a-z0-9./-]{0,60}",
    "cronfield": '"*" | "*/" [1-9] [0-9]?',
    "schedule": """"'" cron "'" | crondaily""",
    "crondaily": '"@" ("hourly" | "daily" | "midnight" | "weekly" | "monthly" | "yearly")',
    "cron": '(cronfield | cronminutes ("," cronminutes){0,3}) " " (cronfield | cronhours) " " '
    '(cronfield | [1-9] | "1" [0-9] | "2" [0-9] | "3" [01]) " " (cronfield | [1-9] | "1" [0-2]) " " '
    '(cronfield | [0-6] ("," [0-6]){0,6} | [0-2] "-" [3-6])',
    "cronminutes": "[1-5]? [0-9]",
    "cronhours": 'cronhour ("," cronhour){0,3} | [0-9] "-" ("1" [0-9] | "2" [0-3])',
    "cronhour": '[0-9] | "1" [0-9] | "2" [0-3]',
    "field": "[A-Za-z] [A-Za-z0-9]{0,40}",
    "waited": '"condition=" field ("=" [A-Za-z0-9]{1,20})? | "delete" | "create" '
    '''| "jsonpath='" jexpr "'" | "'" waitedpath "'"''',
    "waitedpath": '"jsonpath=" jexpr ("=" word)?',
    # JSONPath, as -o, --sort-by and --for take it.
    "jname": r'[A-Za-z_] [A-Za-z0-9_-]{0,40} ("\\." [A-Za-z0-9_-]{1,20}){0,3} ("/" [A-Za-z0-9_-]{1,30})?',
    "jindex": '"[" ("*" | "-"? [0-9]{1,2} | [0-9]? ":" [0-9]{1,2} | "?(" jwhere ")")? "]"',
    "jwhere": """"@"? "." field ("." field){0,2} (" "? ("==" | "!=" | ">" | "<") " "? """
    r"""("\"" [A-Za-z0-9._/:-]{1,40} "\"" | [0-9]{1,6} | "true" | "false"))?""",
    "jstep": '"." (jname | "*") jindex?',
    "jdots": '"." field ("." field){0,6}',
    "jexpr": '"{" ("$" | "@")? (jstep{1,7} | ".." jname jstep{0,3} | "." jindex jstep{0,6} '
    '| jindex jstep{0,6}) "}"',
    "jtext": r""""{\"" ("\\" [nt] | [A-Za-z0-9 :,=/._|-]){1,10} "\"}" | [A-Za-z0-9:,=/_|-]""",
    "jranges": '"{range " "$"? jstep{1,4} "}" (jexpr | jtext | "{@}"){1,8} "{end}"',
    "jsonpath": "(jexpr | jtext | jranges){1,4}",
    "column": '[A-Za-z] [A-Za-z0-9_-]{0,30} ":" "."? jname jindex? jstep{0,6}',
    "columns": 'column ("," column){0,7}',
    "barecolumn": '[A-Za-z] [A-Za-z0-9_-]{0,30} ":" "."? field ("." field){0,6}',
    "barecolumns": 'barecolumn ("," barecolumn){0,7}',
    "free": """"'" format "'" | "jsonpath" "-as-json"? "='" jsonpath "'" """
    """| ("go-template" | "template") "='" gotemplate "'" | fileformat "=" file""",
    "format": '"jsonpath" "-as-json"? "=" jsonpath | ("go-template" | "template") "=" gotemplate',
    "freecolumns": """"'" columnsformat "'" | "custom-columns=" (barecolumns | "'" columns "'") """
    '| "custom-columns-file=" file',
    "columnsformat": '"custom-columns=" columns',
    "fileformat": '"go-template-file" | "templatefile" | "jsonpath-file"',
    "gotext": r"""[A-Za-z0-9 #:,=/._|-] | "\\" [nt]""",
    "goitem": r""""{{" "-"? " "? ("." field ("." field){0,5} | "." | "$" [a-z]{0,8} | """
    r"""("index" | "printf" | "len") ((" " (("." field){1,6} | "\"" gotext{0,30} "\"" | [0-9]{1,2} """
    r"""| "(" gocall ")")){1,3}) | "\"" gotext{0,10} "\"" | "(" gocall ")" ("." field){0,4}) """
    r'''(" "? "|" " "? [a-z0-9]{1,12})? " "? "-"? "}}"''',
    "gocall": r""""index" " " ("." field){1,6} (" " ([0-9]{1,2} | "\"" gotext{0,30} "\"")){1,2}""",
    "goblock": '"{{" ("range" | "if" | "with") " " ("$" [a-z]{1,8} ("," " "? "$" [a-z]{1,8})? " "? ":=" " "?)? '
    '("." field){1,5} "}}" (goitem | gotext | goinner){1,12} "{{end}}"',
    "goinner": '"{{" ("range" | "if" | "with") " " ("." field){1,5} "}}" (goitem | gotext){1,12} "{{end}}"',
    "gotemplate": '(" "? (goitem | goblock | gotext)){1,12}',
    # A patch: one object, or a list of operations.
    "jstring": r'''"\"" (" "? [!#-&(-[\]-~]){0,80} "\""''',
    "jnumber": '"-"? [0-9]{1,9} | "true" | "false" | "null"',
    "jkey": r'''"\"" [A-Za-z0-9$] [A-Za-z0-9./_-]{0,60} "\":"''',
    **_json(),
    "joppath": r'''"\"path\":" " "? "\"/" [A-Za-z0-9/~._-]{1,80} "\""''',
    "jvalue": r""""\"value\":" " "? json6""",
    "joperation": r""""{" " "? ("\"op\":" " "? ("\"remove\"" "," " "? joppath """
    r'''| ("\"add\"" | "\"replace\"" | "\"test\"") "," " "? joppath "," " "? jvalue)) " "? "}"''',
    "operations": '"[" " "? joperation ("," " "? joperation){0,3} " "? "]"',
    "patch": """("-p" to | "--patch" eq) "'" jobj8 "'" | "'" ("--patch=" | "-p" "="?) jobj8 "'" """
    '| "--patch-file" eq file',
    "listpatch": """("-p" to | "--patch" eq) "'" operations "'" """
    """| "'" ("--patch=" | "-p" "="?) operations "'" | "--patch-file" eq file""",
    "right": '"get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | '
    '"deletecollection" | "use" | "bind" | "escalate" | "impersonate" | "approve" | "sign"',
    "rights": 'right ("," right){0,8} | "\'*\'"',
    "about": 'kind ("/" field)? | "users" | "groups" | "\'*\'"',
    "abouts": 'kind ("/" field)? ("," kind ("/" field)?){0,8} | "\'*\'"',
    "urlpath": '"/" [A-Za-z0-9/._-]{0,60}',
    "ingress": """"'" ingressrule "'" | ingresspath "=" name ":" reached ingresstls?""",
    "ingressrule": 'ingresspath "*"? "=" name ":" reached ingresstls?',
    "ingresspath": '([a-z0-9] [a-z0-9.-]{0,60})? "/" [A-Za-z0-9/._-]{0,60}',
    "ingresstls": '",tls" ("=" name)?',
    "podpath": '(name "/")? name ":" [A-Za-z0-9_./-]{1,60}',
    "localpath": "[A-Za-z0-9_./] [A-Za-z0-9_./-]{0,59}",
    "argument": '"\'" anytext "\'" | "-"{0,2} bare ("=" quoted)? | "-"',
    "arguments": 'argument (" " argument){0,7}',
    "filters": '(" | " filter){0,3}',
    "filter": "grep | ends | sorted | jq | awk | sed | cut | other",
    "grep": '"grep" (" -" [ivwEFoc]{1,3} | " -" [ABC] " "? [0-9]{1,3}){0,2} " " ("\'" grepfirst anychar{0,79} "\'" | bare)',
    "grepfirst": r"[!-&(-,./-[\]-~]",
    "ends": '("head" | "tail") (" -n" " "? [0-9]{1,5} | " -" [0-9]{1,5})?',
    "sorted": '"sort" (" -" [nrhuV]{1,4} | " -k" " "? [1-9] [nrh]{0,2} ("," [1-9])?){0,3}',
    "jq": '''"jq" (" -" [rcsM]{1,3})? " '" jqtwo "'"''',
    "jqname": '"length" | "keys" | "add" | "unique" | "sort" | "first" | "last" | "tostring" '
    '| "tonumber" | "to_entries" | "not" | "empty" | "null" | "true" | "false" | "paths"',
    "jqcall": '"select" | "map" | "sort_by" | "group_by" | "test" | "contains" | "startswith" '
    '| "has" | "join" | "endswith" | "max_by" | "min_by" | "split"',
    "jqpath": '("." field ("[" [0-9]{0,2} "]")? "?"?){1,7} | "." "[" [0-9]{0,2} "]" | "."',
    "jqplain": r'''jqpath | jqname | [0-9]{1,6} | "\"" [A-Za-z0-9 ._:/-]{0,40} "\""''',
    "jqsep": '" "? ("|" | "," | "==" | "!=" | "+" | "//" | ">" | "<") " "? | " and " | " or "',
    **{f"jq{name}": f"jqw{name} (jqsep jqw{name}){{0,5}}" for name in ("one", "two")},
    "jqzero": "jqplain (jqsep jqplain){0,5}",
    **{
        f"jqw{name}": f'jqplain | jqcall "(" jq{below} ")" | "(" jq{below} ")" | "[" jq{below} "]" '
        f'| "{{" field ": " jqkeyed{below} ("," " "? field ": " jqkeyed{below}){{0,5}} "}}"'
        for name, below in (("one", "zero"), ("two", "one"))
    },
    "jqkeyedzero": "jqplain",
    "jqkeyedone": 'jqpath | "(" jqzero ")"',
    "awk": '''"awk" (" -F" " "? ("'" [ :,/|=] "'" | [:,/]))? " '" (awkwhen (" "? awkdo)? | awkdo) "'"''',
    "regex": r'(" "? [A-Za-z0-9_:,=@^$.*+|-]){1,40}',
    "awkfield": '"$" ([0-9]{1,2} | "NF") | "NR" | "NF"',
    "awktest": r""""/" regex "/" | awkfield " "? ("==" | "!=" | ">" | "<" | ">=" | "<=") " "? """
    r'''([0-9]{1,9} | "\"" [A-Za-z0-9 ._:/-]{0,40} "\"") | awkfield " "? "!"? "~ /" regex "/"''',
    "awkwhen": 'awktest (" "? ("&&" | "||") " "? awktest){0,2}',
    "awkitem": r'''awkfield | "\"" [A-Za-z0-9 ._:/-]{0,40} "\""''',
    "awkdo": '"{" " "? "print" (" " awkitem ((", " | "," | " ") awkitem){0,7})? " "? "}"',
    "sed": """"sed" (" -" [nEr])? " '" ([0-9]{1,4} ("," ([0-9]{1,4} | "$"))? [pd] | "/" regex "/" "!"? [pd] """
    '''| "s" ("/" sedfrom "/" sedto "/" | "|" sedfrom "|" sedto "|" | "#" sedfrom "#" sedto "#") [gpI]{0,2}) "'"''',
    "sedfrom": r'(" "? ([A-Za-z0-9_:,=@^$.*+-] | "\\" [(){}.1-9])){1,40}',
    "sedto": r'(" "? ([A-Za-z0-9_:,=@.-] | "\\" [1-9])){0,40}',
    "cut": '"cut -d" " "? ("\'" [ :,/|=.] "\'" | [:/,.]) " -f" " "? [1-9] ([,-] [1-9])?',
    "other": '"wc -l" | "uniq" " -c"? | "column -t" | "base64 " ("-d" | "--decode") | "kubectl " call '
    '| "xargs " ("-r " | "-n" " "? "1 ")? "kubectl " via',
}
"""Rules that are the same for every kubectl, as GBNF."""
