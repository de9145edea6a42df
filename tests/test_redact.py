"""Secrets leave the text; what merely looks like one stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kai.redact import MARK, holds_secret, redact

JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVP-mB92K27uhbU"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabc\n-----END RSA PRIVATE KEY-----"

# text, the secret in it, text that must remain
SECRETS = [
    (f"kubectl config set-credentials me --token={JWT}", JWT, "set-credentials me --token="),
    (f"use {JWT} please", JWT, "please"),
    ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0. is unsigned", "eyJhbGciOiJub25lIn0", "is unsigned"),
    (f"key:\n{PEM}\nend", "MIIEowIBAAKCAQEA", "end"),
    ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIr\n(cut off", "MHcCAQEEIIr", ""),
    ("curl -H 'Authorization: Bearer abc123def456' x", "abc123def456", "Authorization: Bearer"),
    ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz", "Basic"),
    ("token=abcdef", "abcdef", "token="),
    ("password=hunter2 next", "hunter2", "next"),
    ("PASSWORD=hunter2", "hunter2", "PASSWORD="),
    ("DB_PASSWORD='two words'", "two words", "DB_PASSWORD='"),
    ('{"client_secret": "s3cr3t"}', "s3cr3t", '"client_secret": "'),
    ("password: hunter2", "hunter2", "password:"),
    ("api_key=xyz-1 apikey=xyz-2", "xyz-2", "apikey="),
    ("kubectl set env deploy/web API_TOKEN=abc", "abc", "deploy/web API_TOKEN="),
    ("kubectl run x --image=a --env=DB_PASSWORD=abc", "=abc", "--env=DB_PASSWORD="),
    ("kubectl create secret generic a --from-literal=user=bob", "bob", "--from-literal=user="),
    ("create secret generic a --from-literal user=bob --x", "bob", "--x"),
    ("create secret generic a --from-literal='user=bob b' --x", "bob", "--x"),
    ("create secret generic a '--from-literal=user=bob b' --x", "bob b", "--x"),
    ('create secret generic a --from-literal="k=v w"', "v w", "k="),
    ("create secret generic a --from-literal=k='v w' --x", "v w", "--x"),
    ("kubectl login --password VALUE --x", "VALUE", "--password"),
    ("kubectl get pods --token VALUE", "VALUE", "--token"),
    ("create secret docker-registry r --docker-password=VALUE", "VALUE", "--docker-password="),
    ("create secret docker-registry r --docker-password VALUE", "VALUE", "--docker-password "),
    ("https://bob:pw@host.example/path", "bob:pw", "host.example/path"),
    ("https://ghtoken@github.com/a/b", "ghtoken", "github.com/a/b"),
    ("postgres://u:p%40@db:5432/x", "p%40", "db:5432/x"),
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", ""),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI", "aws_"),
    ("AIza" + "SyA-1234567890abcdefghijklmnopqrstu", "1234567890", ""),
    ("ghp_" + "0123456789abcdefghijABCDEFGHIJ012345", "0123456789", ""),
    ("github_pat_" + "11ABCDEFG0abcdefghijkl_mnop", "11ABCDEFG0", ""),
    ("create secret db with password hunter2 in dev", "hunter2", "in dev"),
    ("the password is pa$$word", "pa$$word", "the password is"),
    ("kind: Secret\ndata:\n  user: Ym9i\n  key: |\n    bGluZQ==\nmetadata:\n  name: a", "Ym9i", "name: a"),
    ("kind: Secret\ndata:\n  user: |\n    bGluZQ\nmetadata: {}", "bGluZQ", "metadata: {}"),
    ("kind: Secret\nstringData:\n  user: bob\ntype: Opaque", "bob", "type: Opaque"),
    ('{"kind":"Secret","data":{"a":"Ym9i","b":"eA"},"type":"Opaque"}', "Ym9i", '"type":"Opaque"'),
    ("kubectl patch secret a -p '{\"stringData\":{\"user\":\"bob\"}}'", "bob", "patch secret a -p"),
    ("echo dXNlcjpwYXNzd29yZA== | base64 -d", "dXNlcjpwYXNzd29yZA==", "| base64 -d"),
    ("x QWxhZGRpbjpvcGVuIHNlc2FtZTEyMzQ1Njc4OTBhYmNkZWY y", "QWxhZGRpbjpv", "y"),
    ("-p '{\"a\":\"QWxhZGRpbjpvcGVuIHNlc2FtZTEyMzQ1Njc4OTBhYmNkZWY=\"}'", "QWxhZGRpbjpv", "-p"),
]  # fmt: skip

KEPT = [
    "pods that keep restarting in prod, worst first",
    "kubectl get pods --namespace=kube-system --field-selector=status.phase!=Running",
    "kubectl get secret db-password -n prod",
    "kubectl get secrets -l app=token-service",
    "kubectl describe secret my-token-abcde",
    "kubectl create token build-robot --duration=10m",
    "kubectl get secret a -o jsonpath='{.data.password}'",
    "kubectl get secret a --output=jsonpath={.data.token}",
    "kubectl get secrets -o custom-columns=NAME:.metadata.name,SECRET:.data.password",
    "kubectl get secret --field-selector=type=kubernetes.io/service-account-token",
    "kubectl set image deploy/web web=repo/web@sha256:"
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "git checkout 3f786850e387550fdaab836ed7e6dc881de23001",
    "kubectl get pod payments-service-production-worker-deployment-7d9f8b6c5d-abcde",
    "kubectl set env deploy/web LOG_LEVEL=debug FEATURE_X=on",
    "kubectl set env deploy/web --from=secret/db-credentials",
    "kubectl create secret generic a --from-file=token=./token.txt",
    'curl -H "Authorization: Bearer $TOKEN" https://host/api',
    "--token=$TOKEN",
    "--token <token>",
    "DB_PASSWORD=${PW}",
    "https://host.example:6443/api?x=1",
    "docker.io/library/nginx@sha256:abc",
    "user@host",
    "bearer authentication fails on the ingress",
    "change the password policy",
    "rotate the password for db in staging",
    "what is the secret of web",
    "show the secret: web-tls",
    "automountServiceAccountToken: false",
    "secretName: web-tls",
    "imagePullSecrets:\n- name: registry",
    "kind: ConfigMap\ndata:\n  level: debug",
    "kubectl label node n1 topology.kubernetes.io/zone=europe-west1-b",
    "/var/lib/kubernetes/apiserver/registry/foo/bar/deployments/production/names1",
    "kubectl delete pods -l environment=",
    "kubectl get pods --token-ttl=24h --keyring=/etc/keys",
    "monkey=banana key=value",
    "kubectl get sk-frontend-deployment-7d9f8b6c5-abcde",
    "-----BEGIN",
    "",
]


@pytest.mark.parametrize(("text", "secret", "remains"), SECRETS)
def test_secret_goes_and_the_text_around_it_stays(text: str, secret: str, remains: str) -> None:
    done = redact(text)
    assert secret not in done
    assert MARK in done
    assert remains in done
    assert holds_secret(text)


@pytest.mark.parametrize("text", KEPT)
def test_look_alikes_stay_as_they_are(text: str) -> None:
    assert redact(text) == text
    assert not holds_secret(text)


@pytest.mark.parametrize("text", [row[0] for row in SECRETS])
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([*"'\"= :\n{}-./@", "password", "token", "--from-literal", "data:", "eyJ",
                         "Secret", "://", "a", "Zz9", "-----BEGIN X-----", "bearer "])
    ).map("".join)
)  # fmt: skip
def test_any_mixture_of_the_words_it_looks_for_is_answered_with_text(text: str) -> None:
    assert isinstance(redact(text), str)


@pytest.mark.parametrize(
    "unit", ["password", "a=", "--from-literal ", "eyJ", "://", "data:{", "A", "'", "-----BEGIN X", " "]
)  # fmt: skip
def test_hostile_repetition_is_linear_enough(unit: str) -> None:
    """20,000 characters are answered; a quadratic pattern would not come back in a test's time."""
    assert isinstance(redact(unit * (20_000 // len(unit))), str)
