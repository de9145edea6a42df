"""`kubectl set`: image, env, resources, serviceaccount, selector, subject."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.entities import take_selector
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import (
    TEMPLATED,
    Objects,
    take_dry,
    take_files,
    take_objects,
    take_output,
    tidy,
    where,
)
from kai.nlu.tokens import ASSIGNMENT, IMAGE

_TAGGED = re.compile(r".+[:@][\w.:-]+")
_VERSION = re.compile(r"v?\d+(\.\d+)+([-.]\w+)*")
_QUANTITY = re.compile(r"\d+(\.\d+)?(m|k|K|M|G|T|Ki|Mi|Gi|Ti|mi|gi|mb|gb|MB|GB|g|mib|gib|MiB|GiB)?")
_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


def finish(
    f: Frame,
    command: Command,
    *,
    kinds: tuple[str, ...] = TEMPLATED,
    default: str = "deployments",
    spaced: bool = False,
    extra: int = 0,
) -> Objects | None:
    """Where and what, added to the command; the last `extra` arguments stay behind the objects."""
    take_dry(f, command)
    take_output(f, command)
    local = f.take_all("o-local")
    files, _ = take_files(f)
    where(f)
    selector = take_selector(f, loose=False)
    tail = command.args
    objects = Objects()
    if files:
        for file in files:
            command.flag("filename", file)
    else:
        found = take_objects(f, default=default, kinds=kinds, after=("on", "of", "for", "into"))
        if found is None or not found.kinds or any(kind not in kinds for kind in found.kinds):
            return None
        objects = found
        if sum((bool(objects.pairs), bool(selector), objects.every and not selector)) != 1:
            return None
        command.args = (objects.spaced() if spaced else objects.slashed()) + tail
        if selector:
            command.flag("selector", ",".join(selector))
        elif objects.every:
            command.flag("all")
    if local:
        command.flag("local")
        command.flags = [(n, v) for n, v in command.flags if n != "dry-run"]
    f.take_all("cv")
    f.take_all("o-set")
    tidy(f)
    return objects


def _image_at(f: Frame, index: int) -> str:
    """The image at `index`: has a tag, a digest or a registry; "" if it is none."""
    if not f.free(index):
        return ""
    token = f.tokens[index]
    text = token.text
    if "=" in text or not IMAGE.fullmatch(text) or "://" in text or text.endswith((".yaml", "/")):
        return ""
    if re.fullmatch(r"\d+:\d+", text):
        return ""
    return text if _TAGGED.fullmatch(text) or text.count("/") > 1 else ""


def _containers(f: Frame) -> list[tuple[str, int]]:
    """(name, index) of each container said; "*" for all of them."""
    found: list[tuple[str, int]] = []
    match = f.find("chn", "containers")
    if match is not None:
        f.use(match.start, match.end)
        return [("*", match.start)]
    for match in list(f.find_all("chn", "container")):
        if f.used[match.start]:
            continue
        at = match.end + (f.low(match.end) in ("called", "named", "is", "=", "the"))
        for index in (at, match.start - 1):
            text = f.tokens[index].text if f.free(index) else ""
            known = f.cover[index] - {"guard", "out", "state"} if f.free(index) else set()
            if text and re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", text) and not known:
                found.append((text, match.start))
                f.use(min(index, match.start), max(index + 1, match.end))
                image = f.at("chn", match.end, "image")
                if image is not None:
                    f.use(image.start, image.end)
                break
    return found


def image(f: Frame) -> Command | None:
    """`set image of web to nginx:1.27`, `nginx container to nginx:1.27`."""
    explicit = [
        index
        for index in f.words()
        if (m := ASSIGNMENT.fullmatch(f.tokens[index].text))
        and IMAGE.fullmatch(m[3])
        and (_TAGGED.fullmatch(m[3]) or "/" in m[3])
    ]
    said = f.has("chn", "image") or f.has("act", "apply") or f.has("cv")
    changes: list[str] = []
    images: list[str] = []
    containers: list[tuple[str, int]] = []
    if explicit and f.has("chn", "image"):
        for index in explicit:
            changes.append(f.tokens[index].text)
            f.use(index)
    else:
        at = [index for index in f.words() if _image_at(f, index)]
        at = at or _quoted_image(f)
        for index in at:
            images.append(f.tokens[index].text)
            f.use(index)
        if not images:
            images = _spaced_version(f)
        containers = _containers(f)
    if not (images or changes):
        return None
    single = len(images) == 1 and not containers
    behind = _image_of(f) if single else ""
    if not changes and len(containers) not in (0, len(images)):
        return None
    if len(images) > 1 and not containers:
        return None
    if not said and not containers and not f.has("prep"):
        return None
    f.take_all("chn", "image")
    f.take_all("act", "apply", "scale", "edit", "replace")
    command = Command(("set", "image"))
    objects = finish(f, command)
    if objects is None:
        return None
    f.take_all("chn", "image", "container")
    if single:
        if len(objects.names) != 1:
            return None
        name = behind or objects.names[0]
        f.assumptions.append(f"the container is taken to be {name}")
        changes = [f"{name}={images[0]}"]
    elif containers:
        pairs = zip(containers, images, strict=True)
        changes = [f"{name}={value}" for (name, _), value in pairs]
    command.args += changes
    if not command.args:
        return None
    f.take_all("act", "apply", "scale")
    tidy(f)
    return command


def _image_of(f: Frame) -> str:
    """`the nginx image of deployment web`: the container by its image's name."""
    for match in f.find_all("chn", "image"):
        before = match.start - 1
        if (
            f.low(match.start) == "image"
            and f.is_open(before)
            and f.name_at(before)
            and any(m.start > match.start for m in f.find_all("kind"))
            and not f.tokens[before].possessive
        ):
            f.use(before)
            return f.tokens[before].text
    return ""


def _quoted_image(f: Frame) -> list[int]:
    """`its busybox container image to 'busybox'`."""
    if not f.has("chn", "image"):
        return []
    return [
        index
        for index in f.words()
        if f.low(index - 1) == "to"
        and f.is_open(index)
        and (f.tokens[index].quoted or "/" in f.tokens[index].text)
        and IMAGE.fullmatch(f.tokens[index].text)
    ]


def _spaced_version(f: Frame) -> list[str]:
    """`nginx 1.27`: image and tag with a blank between."""
    for index in f.words():
        if _VERSION.fullmatch(f.tokens[index].text) and f.is_open(index - 1):
            name = f.tokens[index - 1].text
            if IMAGE.fullmatch(name) and f.low(index - 2) not in ("deployment", "on", "of"):
                f.use(index - 1, index + 1)
                return [f"{name}:{f.tokens[index].text}"]
    return []


def env(f: Frame) -> Command | None:
    """`set env LOG_LEVEL=debug on deploy api`, `drop the DEBUG env var from web`, `--list`."""
    nouns = f.has("chn", "env")
    payload = [
        index
        for index in f.words()
        if (m := ASSIGNMENT.fullmatch(f.tokens[index].text))
        and m[2] == "="
        and _ENV.fullmatch(m[1])
        and (m[1].isupper() or nouns)
        and not f.ending("labelled", index)
        or (m := ASSIGNMENT.fullmatch(f.tokens[index].text))
        and m[1].isupper()
        and m[2] == "="
    ]
    values = [f.tokens[index].text for index in payload]
    for index in payload:
        f.use(index)
        if f.low(index - 1) == "and" and f.free(index - 1):
            f.use(index - 1)
    command = Command(("set", "env"))
    source = _source(f)
    if not values and not source:
        values = _env_keys(f) if nouns else []
    listing = nouns and not values and not source
    if not (values or source or listing):
        return None
    if listing and not (f.has("cv") or f.has("ask") or len(f.tokens) < 8):
        return None
    containers = [name for name, _ in _containers(f) if name != "*"]
    prefix = _following(f, "prefix")
    keys = _following(f, "keys") if source else ""
    for match in list(f.find_all("chn", "env")):
        quantifier = f.ending("all", match.start)
        f.use(quantifier.start if quantifier else match.start, match.end)
    command.args = list(values)
    behind = _into(f)
    if behind and not f.has("kind", *TEMPLATED):
        where(f)
        command.args = [f"deployment/{behind}", *command.args]
        f.assumptions.append(f"{behind} is taken to be a deployment")
        f.take_all("cv")
        f.take_all("o-set")
        tidy(f)
    elif finish(f, command) is None:
        return None
    if source:
        command.flag("from", source)
    for flag, value in (("prefix", prefix), ("keys", keys), ("containers", ",".join(containers))):
        if value:
            command.flag(flag, value)
    if listing:
        if command.flags and any(name == "filename" for name, _ in command.flags):
            return None
        command.flag("list")
        f.take_all("ask")
        f.take_all("o-envlist")
    f.take_all("o-overwrite")
    f.take_all("chn", "env", "value", "keys")
    tidy(f)
    return command


def _source(f: Frame) -> str:
    """`from configmap app-conf`: where variables are imported from."""
    for match in list(f.find_all("kind", "configmaps", "secrets")):
        name = f.name_at(match.end) or (
            f.name_at(match.end + 1) if f.low(match.end) in ("called", "named") else None
        )
        at = match.end if f.name_at(match.end) else match.end + 1
        start, end = match.start, at + 1
        if name is None and f.is_open(match.start - 1):
            name, start, end = f.name_at(match.start - 1), match.start - 1, match.end
        if name is not None:
            f.use(start, end)
            return f"{'configmap' if match.value == 'configmaps' else 'secret'}/{name}"
    for index in f.words():
        kind, slash, name = f.tokens[index].text.partition("/")
        if slash and kind in ("configmap", "cm", "secret", "configmaps", "secrets"):
            f.use(index)
            return f"{'secret' if kind[0] == 's' else 'configmap'}/{name}"
    return ""


def _following(f: Frame, noun: str) -> str:
    for match in list(f.find_all("chn", noun)):
        if f.is_open(match.end):
            f.use(match.start, match.end + 1)
            return f.tokens[match.end].text
    return ""


def _env_keys(f: Frame) -> list[str]:
    """Variables to be removed: `the DEBUG env var`, `ENV-`."""
    found = []
    for index in list(f.words()):
        text = f.tokens[index].text
        upper = text.isupper() and _ENV.fullmatch(text) and len(text) > 1
        if _ENV.fullmatch(text[:-1]) and text.endswith("-"):
            found.append(text)
            f.use(index)
        elif f.has("cv", "remove") and (upper and not f.cover[index] & {"cv", "kind"} - {"cv"}):
            found.append(text + "-")
            f.use(index)
    return found


def _into(f: Frame) -> str:
    """`into web`, `from web`: a name without a kind."""
    known = f.scan.lexicon.lists.get("list-namespaces", frozenset())
    for match in list(f.find_all("prep")):
        if f.low(match.end - 1) in ("from", "into", "off", "on", "for", "of", "to"):
            name = f.name_at(match.end)
            if name is not None and name not in known and "/" not in name and "." not in name:
                f.use(match.start, match.end + 1)
                return name
    return ""


def resources(f: Frame) -> Command | None:
    """`limit cpu of deployment batch to 2 cores`, `requests 100m cpu 128Mi, limits 500m cpu`."""
    command = Command(("set", "resources"))
    amounts = _amounts(f)
    if not amounts:
        return None
    containers = [name for name, _ in _containers(f)]
    f.take_all("chn", "requests", "limits", "resources", "cpu", "memory")
    f.take_all("cv")
    f.take_all("act", "edit", "scale", "apply")
    if finish(f, command, spaced=True) is None:
        return None
    for name in containers:
        if name != "*":
            command.flag("containers", name)
    for section in ("limits", "requests"):
        pairs = [f"{what}={value}" for sec, what, value in amounts if sec == section]
        if pairs:
            command.flag(section, ",".join(pairs))
    f.take_all("chn", "requests", "limits", "resources", "cpu", "memory", "container", "containers")
    tidy(f)
    return command


def _amounts(f: Frame) -> list[tuple[str, str, str]]:
    """(limits or requests, cpu or memory, quantity) of everything said, consumed."""
    found: list[tuple[str, str, str]] = []
    section = ""
    sections = sorted(f.find_all("chn", "requests", "limits"), key=lambda match: match.start)
    for match in sections:
        before = [m for m in sections if m.start < match.start and m.value != match.value]
        del before
    if f.has("cv", "remove") and {m.value for m in f.find_all("chn", "cpu", "memory")}:
        kinds = [m.value for m in f.find_all("chn", "cpu", "memory")]
        if len(sections) == 1 or {m.value for m in sections} == {"limits"}:
            return [(sections[0].value, kind, "0") for kind in dict.fromkeys(kinds)]
    for index in list(f.words()):
        for part in f.tokens[index].text.split(","):
            pair = re.fullmatch(r"(cpu|memory)=(\S+)", part)
            if pair:
                section = _section(sections, index) or section
                found.append((section, pair[1], pair[2]))
                f.use(index)
        quantity = _quantity(f, index)
        if quantity is None:
            continue
        value, end = quantity
        noun = f.at("chn", end, "cpu", "memory") or _cpu_before(f, index)
        what = noun.value if noun is not None else _by_unit(value)
        section = _section(sections, index)
        if not what or not section:
            return []
        f.use(index, end)
        if noun is not None:
            f.use(noun.start, noun.end)
        for at in (index - 1, end):
            if f.low(at) in ("and", "of", "to") and f.free(at):
                f.use(at)
        found.append((section, what, value))
    return found if all(section for section, _, _ in found) else []


def _cpu_before(f: Frame, index: int):  # type: ignore[no-untyped-def]
    step = index
    while step > 0 and f.low(step - 1) in (
        "of",
        "to",
        "at",
        "is",
        "=",
        "limit",
        "request",
        "limits",
    ):
        step -= 1
    direct = f.ending("chn", step, "cpu", "memory")
    if direct is not None:
        return direct
    others = list(f.find_all("chn", "cpu", "memory"))
    return others[0] if len({m.value for m in others}) == 1 and others[0].start < index else None


def _quantity(f: Frame, index: int) -> tuple[str, int] | None:
    if not f.free(index):
        return None
    text = f.tokens[index].text
    if not _QUANTITY.fullmatch(text):
        return None
    unit = f.tokens[index + 1].low if f.free(index + 1) else ""
    binary = {
        "mb": "Mi",
        "gb": "Gi",
        "mib": "Mi",
        "gib": "Gi",
        "mi": "Mi",
        "gi": "Gi",
        "meg": "Mi",
        "megs": "Mi",
        "gig": "Gi",
        "gigs": "Gi",
        "megabytes": "Mi",
        "gigabytes": "Gi",
    }
    if unit in binary and text.isdigit():
        return text + binary[unit], index + 2
    if unit in ("millicores", "millicpu", "milli", "millis") and text.isdigit():
        return text + "m", index + 2
    match = re.fullmatch(r"([\d.]+)([A-Za-z]+)", text)
    if match and match[2].lower() in binary:
        text = match[1] + binary[match[2].lower()]
    return text, index + 1


def _by_unit(value: str) -> str:
    if value.endswith("m"):
        return "cpu"
    return "memory" if value[-1:] in "iMGKTk" and value[-1:].isalpha() else ""


def _section(sections: list, index: int) -> str:  # type: ignore[type-arg]
    before = [match.value for match in sections if match.start < index]
    if before:
        return str(before[-1])
    return str(sections[0].value) if len({m.value for m in sections}) == 1 else ""


def serviceaccount(f: Frame) -> Command | None:
    """`set serviceaccount of deploy web to web-sa`, `runner should use sa deployer`."""
    name = _account(f)
    if not name:
        return None
    command = Command(("set", "serviceaccount"))
    f.take_all("cv")
    if finish(f, command, spaced=True) is None:
        return None
    command.args.append(name)
    tidy(f)
    return command


def _account(f: Frame) -> str:
    for match in list(f.find_all("chn", "sa")):
        at = match.end + (f.low(match.end) in ("called", "named"))
        if f.is_open(at) and f.name_at(at) and f.at("kind", at + 1) is None:
            f.use(match.start, at + 1)
            return f.tokens[at].text
    for match in list(f.find_all("chn", "sa")):
        for index in f.words():
            if f.low(index) in ("to", "as", "use") and index > match.start and f.is_open(index + 1):
                f.use(match.start, match.end)
                f.use(index, index + 2)
                return f.tokens[index + 1].text
    return ""


def selector(f: Frame) -> Command | None:
    """`set selector of svc web to app=web,version=v2`."""
    if not f.has("chn", "selector") or not f.has("kind", "services"):
        return None
    payload = [index for index in f.words() if ASSIGNMENT.fullmatch(f.tokens[index].text)]
    if not payload:
        return None
    values = [f.tokens[index].text for index in payload]
    for index in payload:
        f.use(index)
        if f.low(index - 1) == "and" and f.free(index - 1):
            f.use(index - 1)
    command = Command(("set", "selector"))
    f.take_all("o-selector")
    f.take_all("cv")
    f.take_all("chn", "selector")
    if finish(f, command, kinds=("services",), default="services", spaced=True) is None:
        return None
    command.args.append(",".join(values))
    f.take_all("labelled")
    tidy(f)
    return command


def subject(f: Frame) -> Command | None:
    """`add user alice and group devs to rolebinding admins`."""
    kinds = ("rolebindings", "clusterrolebindings")
    if not f.has("kind", *kinds) or f.has("act", "create", "delete"):
        return None
    flags = _subjects(f)
    if not flags:
        return None
    command = Command(("set", "subject"))
    f.take_all("cv")
    objects = finish(f, command, kinds=kinds, default="", spaced=True)
    if objects is None or len(objects.pairs) != 1:
        return None
    command.flags += flags
    f.take_all("chn", "subject", "user", "group", "sa")
    tidy(f)
    return command


def _subjects(f: Frame) -> list[tuple[str, str | None]]:
    flags: list[tuple[str, str | None]] = []
    for match in sorted(f.find_all("chn", "user", "group", "sa"), key=lambda m: m.start):
        if match.value == "sa":
            if f.free(match.end) and ":" in f.tokens[match.end].text:
                flags.append(("serviceaccount", f.tokens[match.end].text))
                f.use(match.start, match.end + 1)
            continue
        indexes = [match.end] if f.free(match.end) and not f.at("kind", match.end) else []
        for index in indexes:
            flags.append((match.value, f.tokens[index].text))
            f.use(match.start, index + 1)
            if f.low(match.start - 1) == "and" and f.free(match.start - 1):
                f.use(match.start - 1)
    return flags


INTENTS = (
    Intent("set subject", ("cv:add", "cv:change", "cv:set"), subject, rank=64),
    Intent("set selector", ("chn:selector",), selector, rank=65),
    Intent("set resources", ("chn:limits", "chn:requests"), resources, rank=63),
    Intent("set env", ("chn:env", "cv:set", "cv:add"), env, rank=57),
    Intent("set serviceaccount", ("chn:sa",), serviceaccount, rank=64),
    Intent(
        "set image",
        ("chn:image", "cv:set", "cv:change", "chn:container", "act:apply", "apply", "prep:of"),
        image,
        rank=59,
    ),
)
