"""The oracle: made-up lines that the judge calls `read`, run by the real kubectl and watched.

    make oracle ORACLE='--seconds 600 --versions 1.27,1.37'

Whether a command only reads is not a matter of opinion: the real kubectl is run in a folder of its
own against an API server that records every request. A line judged `read` must send no request but
reads, dry runs and reviews of one's own access, write no file but kubectl's cache, leave the
kubeconfig alone, start no program (but `diff`, which is what `kubectl diff` is for), and print
nothing of what a secret of the server or the kubeconfig holds. Where it does more, the judge is
wrong: mend kai/safety and add a row to tests/cases/safety/oracle_found.jsonl.

lines.py makes the lines, world.py is the place they run in, requests.py says which requests are
harmless, campaign.py runs many and counts, relay.py stands before a real API server.
"""
