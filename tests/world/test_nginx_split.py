"""split_clients and limit_rate: nginx's own words, nginx's own hash."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.world.files import FileSystem
from labkit.world.nginx_config import ConfigError
from labkit.world.nginx_sites import nginx
from labkit.world.nginx_split import murmur_hash_2, split
from tests.world.machines import booted

CONFIG = """events {{}}
http {{
    {http}
    server {{
        listen 80;
        root /srv;
        {server}
        location / {{ try_files $uri =404; }}
    }}
}}
"""
BROKEN = "if ($outcome = broken) { return 500; }"


@pytest.fixture(scope="module")
def root():
    made = booted("#!/bin/bash\ndnf install -y nginx\n")
    made.files.write("/srv/page", "x" * 1000)
    return made.files.root


def served(root, http="", server=""):
    files = FileSystem(root)
    files.write("/etc/nginx/nginx.conf", CONFIG.format(http=http, server=server))
    return files, nginx(files)


@given(st.binary(max_size=20))
@settings(max_examples=50)
def test_the_hash_is_murmur_hash_2_seeded_with_the_length(text):
    assert murmur_hash_2(text) == reference_murmur(text)


def reference_murmur(data: bytes) -> int:
    """ngx_murmur_hash2 of nginx's src/core/ngx_murmurhash.c, line by line."""
    m, word = 0x5BD1E995, 0xFFFFFFFF
    h, i, left = len(data), 0, len(data)
    while left >= 4:
        k = data[i] | data[i + 1] << 8 | data[i + 2] << 16 | data[i + 3] << 24
        k = k * m & word
        k ^= k >> 24
        k = k * m & word
        h = h * m & word
        h ^= k
        i, left = i + 4, left - 4
    if left == 3:
        h ^= data[i + 2] << 16
    if left >= 2:
        h ^= data[i + 1] << 8
    if left >= 1:
        h = (h ^ data[i]) * m & word
    h ^= h >> 13
    h = h * m & word
    return h ^ h >> 15


def test_shares_are_met_over_many_keys():
    made = split(("$request_uri", "$outcome"), [("0.5%", "rare"), ("20%", "some"), ("*", "rest")])
    found = [made.value({"$request_uri": f"/{number}"}) for number in range(10_000)]
    assert found.count("rare") / 10_000 == pytest.approx(0.005, abs=0.003)
    assert found.count("some") / 10_000 == pytest.approx(0.2, abs=0.02)


def test_a_split_by_address_gives_the_same_answer_to_the_same_request(root):
    files, server = served(root, 'split_clients "$request_uri" $outcome { 50% broken; * fine; }', BROKEN)
    found = {n: server.answer(files, 80, f"/page?{n}").status for n in range(40)}
    assert set(found.values()) == {200, 500}
    assert {n: server.answer(files, 80, f"/page?{n}").status for n in range(40)} == found
    assert not server.answer(files, 80, "/page").varies


def test_a_split_by_request_varies_and_says_so(root):
    files, server = served(root, 'split_clients "$request_id" $outcome { 50% broken; * fine; }', BROKEN)
    found = {server.answer(files, 80, "/page", request_id=str(n)).status for n in range(40)}
    assert found == {200, 500}
    assert server.answer(files, 80, "/page").varies
    assert server.site(80).error_share == 0.5


@pytest.mark.parametrize(
    ("rate", "delay_s"),
    [("1000", 0.0), ("100", 9.0), ("300", 3.0), ("1k", 0.0), ("0", 0.0)],
)
def test_limit_rate_lets_so_many_bytes_through_each_second(root, rate, delay_s):
    files, server = served(root, server=f"limit_rate {rate};")
    assert server.answer(files, 80, "/page").delay_s == delay_s


@pytest.mark.parametrize(
    ("http", "server", "complaint"),
    [
        ("split_clients a $b { 70% x; 40% y; }", "", "percent total is greater than 100%"),
        ("split_clients a $b { many x; }", "", 'invalid percent value "many"'),
        ("split_clients a { * x; }", "", 'invalid number of arguments in "split_clients" directive'),
        ("", "limit_rate fast;", '"limit_rate" directive invalid value'),
    ],
)
def test_nginx_refuses_what_it_cannot_read(root, http, server, complaint):
    with pytest.raises(ConfigError, match=complaint.replace("(", r"\(")):
        served(root, http, server)
