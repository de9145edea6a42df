"""What `kai --help` says: written by hand, so that help costs no import."""

from __future__ import annotations

TEXT = """\
usage: kai [OPTIONS] WORDS...      words in, the kubectl command on stdout
       kai [OPTIONS] --batch FILE  JSON requests in, JSON answers out
       kai COMMAND ...

kai suggests, you run: nothing is executed. As a plugin: kubectl kai WORDS...

options:
  --json                print a JSON object: the command, what it does, findings
  --again               pass the kept answers by
  --source WHO          any (default), builtin or model; only any keeps answers
  --model NAME          the model for this request, where one is asked
  -n, --namespace NAME  as if this were the current namespace
  --context NAME        as if this were the current context
  --batch FILE          requests from a file (-: standard input)
  --version, --help

commands:
  check 'kubectl ...'         how dangerous a command or a script is
  explain 'kubectl ...'       a command in plain words
  history [-n N] [--json]     what was asked and answered
  cache stats|clear|forget    the kept answers
  config show|get|set|check   the settings
  policy show|test FILE       rules of your own
  models [rm|create|use]      the models there are, and which is asked
  pull MODEL                  fetch a model for Ollama
  doctor [--model]            what is installed, what works, what to do
  warmup [--wait|--status]    load kai and its model in the background
  daemon start|stop|status    the process that keeps it loaded (also: logs)
  init zsh [--key KEY]        a key that rewrites words on the command line
  completion bash|zsh|fish    completions for a shell

An argument that contains a blank, and everything behind --, is a request:
  kai "pods that are not running in kube-system"
  kai -- run a busybox shell

exit status: 0 answered, 1 failure, 2 usage, 3 no answer, 4 refused
"""
