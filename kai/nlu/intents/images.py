"""`kubectl set image`."""

from __future__ import annotations

import re

from kai.nlu.compose import Command
from kai.nlu.frame import Frame
from kai.nlu.intents import Intent
from kai.nlu.intents.change import guarded, take_output, tidy
from kai.nlu.intents.setters import containers_said, finish
from kai.nlu.patterns import pattern
from kai.nlu.tokens import ASSIGNMENT, IMAGE

_TAGGED = pattern(r".+[:@][\w.:-]+")
_VERSION = pattern(r"v?\d+(\.\d+)+([-.]\w+)*")


def _image_at(f: Frame, index: int) -> str:
    """The image at `index`: has a tag, a digest or a registry; "" if it is none."""
    if not f.free(index):
        return ""
    token = f.tokens[index]
    text = token.text
    if "=" in text or not IMAGE.fullmatch(text) or "://" in text or text.endswith((".yaml", "/")):
        return ""
    if ":" in text and re.fullmatch(r"\d+:\d+|(?:localhost|127\.0\.0\.1):\d+", text):
        return ""
    return text if _TAGGED.fullmatch(text) or text.count("/") > 1 else ""


def image(f: Frame) -> Command | None:
    """`set image of web to nginx:1.27`, `nginx container to nginx:1.27`."""
    explicit = _explicit(f)
    if not (explicit or _asked_for(f)):
        return None
    said = f.has("chn", "image") or f.has("act", "apply") or f.has("cv")
    changes: list[str] = []
    images: list[str] = []
    containers: list[tuple[str, int]] = []
    if explicit and (f.has("chn", "image") or not _described(f)):
        for index in explicit:
            changes.append(f.tokens[index].text)
            f.use(index)
    else:
        images = _images(f)
        containers = containers_said(f)
    if len(images) > 1 and not containers:
        changes, images = _pairs(f, images), []
    if not (images or changes):
        return None
    single = len(images) == 1 and not containers
    behind = _image_of(f) if single else ""
    if not changes and len(containers) not in (0, len(images)):
        return None
    if not (said or containers or explicit or f.has("prep")):
        return None
    command = Command(("set", "image"))
    take_output(f, command)
    f.take_all("chn", "image")
    f.take_all("act", "apply", "scale", "edit", "replace")
    objects = finish(f, command)
    if objects is None:
        return None
    f.take_all("chn", "image", "container")
    if single and len(objects.names) != 1:
        return None
    command.args += changes or _changes(f, behind or "".join(objects.names[:1]), images, containers)
    if not command.args:
        return None
    f.take_all("act", "apply", "scale")
    tidy(f)
    return command


def _changes(
    f: Frame, name: str, images: list[str], containers: list[tuple[str, int]]
) -> list[str]:
    """`container=image` for each; where no container was said, it is taken to be called `name`."""
    if containers:
        return [f"{said}={value}" for (said, _), value in zip(containers, images, strict=True)]
    f.assumptions.append(f"the container is taken to be {name}")
    return [f"{name}={images[0]}"]


def _images(f: Frame) -> list[str]:
    """The images said, consumed."""
    at = sorted({*(index for index in f.words() if _image_at(f, index)), *_quoted_image(f)})
    for index in at:
        f.use(index)
    return [f.tokens[index].text for index in at] or _split_version(f) or _spaced_version(f)


def _asked_for(f: Frame) -> bool:
    """Whether something else than the image itself says that an image is meant."""
    if f.has("chn", "image", "container") or f.has("cv", "set", "change"):
        return True
    return f.has("act", "apply") or f.has("prep", "of")


def _described(f: Frame) -> bool:
    """Whether `key=value` may be something said of the object rather than container and image."""
    return f.has("act", "annotate", "label", "create", "run") or f.has(
        "chn", "annotation", "label", "env", "selector"
    )


def _explicit(f: Frame) -> list[int]:
    """Indexes of `container=image` words."""
    return [
        index
        for index in f.words()
        if (m := ASSIGNMENT.fullmatch(f.tokens[index].text))
        and m[1].lower() not in ("image", "--image")
        and not m[1].isupper()
        and IMAGE.fullmatch(m[3])
        and "://" not in m[3]
        and (_TAGGED.fullmatch(m[3]) or "/" in m[3])
    ]


def _pairs(f: Frame, images: list[str]) -> list[str]:
    """`app to acme/web:9.1 and metrics to acme/metrics:2.0`: container and image, by twos."""
    found = []
    for index, token in enumerate(f.tokens):
        if token.text not in images or f.low(index - 1) not in ("to", "=", "gets", "uses", "use"):
            continue
        at = index - 2
        if (
            f.free(at)
            and re.fullmatch(r"[a-z0-9-]+", f.tokens[at].text)
            and f.name_at(at, any_word=True)
        ):
            found.append(f"{f.tokens[at].text}={token.text}")
            f.use(at, index)
            if f.low(at - 1) == "and" and f.free(at - 1):
                f.use(at - 1)
    if len(found) != len(images):
        return []
    for match in [*f.find_all("chn", "container"), *f.find_all("chn", "containers")]:
        f.use(match.start - (f.low(match.start - 1) == "both"), match.end)
    return found


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


def _split_version(f: Frame) -> list[str]:
    """`to v2.3.1 (..., image acme/api)`: repository and tag apart."""
    tags = [index for index in f.words() if _VERSION.fullmatch(f.tokens[index].text)]
    for match in list(f.find_all("chn", "image")):
        at = match.end
        if len(tags) == 1 and f.free(at) and "/" in f.tokens[at].text and _image_like(f, at):
            f.use(match.start, at + 1)
            f.use(tags[0])
            return [f"{f.tokens[at].text}:{f.tokens[tags[0]].text}"]
    return []


def _image_like(f: Frame, index: int) -> bool:
    text = f.tokens[index].text
    return IMAGE.fullmatch(text) is not None and not text.startswith("/")


def _spaced_version(f: Frame) -> list[str]:
    """`nginx 1.27`: image and tag with a blank between."""
    for index in f.words():
        if _VERSION.fullmatch(f.tokens[index].text) and f.is_open(index - 1):
            name = f.tokens[index - 1].text
            if IMAGE.fullmatch(name) and f.low(index - 2) not in ("deployment", "on", "of"):
                f.use(index - 1, index + 1)
                return [f"{name}:{f.tokens[index].text}"]
    return []


INTENTS = guarded(
    Intent(
        "set image",
        (),
        image,
        rank=59,
    ),
)
