"""What nginx and httpd answer, from their configuration and the machine's files."""

import pytest

from labkit.world.accounts import users
from labkit.world.base_image import base_image
from labkit.world.files import FileSystem
from labkit.world.httpd_config import httpd
from labkit.world.nginx_config import ConfigError
from labkit.world.nginx_sites import nginx
from labkit.world.packages import PACKAGES, install
from tests.world.machines import SERVE_VAR_WWW, booted, run

CONF = "/etc/nginx/conf.d/site.conf"


@pytest.fixture
def files():
    made = FileSystem(base_image())
    install(made, PACKAGES["nginx"])
    made.mkdir("/var/www/docs", parents=True)
    made.write("/var/www/index.html", "front")
    made.write("/var/www/docs/index.html", "docs")
    made.write("/var/www/style.css", "css")
    made.mkdir("/var/www/empty")
    return made


def served(files, body, path="/", port=80, host=""):
    files.write(CONF, f"server {{ listen 80 default_server; {body} }}")
    return nginx(files).answer(files, port, path, host)


def test_freshly_installed_it_shows_its_welcome_page(files):
    answer = nginx(files).answer(files, 80, "/")
    assert answer.status == 200
    assert b"Welcome to nginx!" in answer.body
    assert answer.headers["Content-Type"] == "text/html"


@pytest.mark.parametrize(
    ("body", "path", "status", "text"),
    [
        pytest.param("root /var/www;", "/", 200, b"front", id="a folder answers its index"),
        pytest.param("root /var/www;", "/style.css", 200, b"css", id="a file"),
        pytest.param("root /var/www;", "/index.html?v=2", 200, b"front", id="the query is no part of the file"),
        pytest.param("root /var/www;", "/docs", 301, b"301", id="a folder without its slash is redirected"),
        pytest.param("root /var/www;", "/docs/", 200, b"docs", id="a folder with its slash"),
        pytest.param("root /var/www;", "/empty/", 403, b"403", id="no index and autoindex off: forbidden"),
        pytest.param("root /var/www;", "/nope", 404, b"404", id="a file that is not there"),
        pytest.param("root /nope;", "/", 404, b"404", id="a root that is not there"),
        pytest.param("root /var/www; index style.css;", "/", 200, b"css", id="another index"),
        pytest.param("root /var/www;", "/../../etc/passwd", 404, b"404", id="never above the root"),
        pytest.param(
            "root /var/www; location / { try_files $uri $uri/index.html =404; }",
            "/",
            200,
            b"front",
            id="try_files finds",
        ),
        pytest.param(
            "root /var/www/empty; location / { try_files $uri $uri/index.html =404; }",
            "/",
            404,
            b"404",
            id="try_files' last code",
        ),
        pytest.param(
            "root /var/www; location / { try_files $uri /index.html; }",
            "/app/route",
            200,
            b"front",
            id="try_files' last page",
        ),
        pytest.param("return 204;", "/", 204, b"204", id="return a code"),
        pytest.param("location = /health { return 200 ok; }", "/health", 200, b"ok", id="return a text"),
        pytest.param("return 302 https://x.example$request_uri;", "/a?b", 302, b"302", id="return a redirection"),
        pytest.param(
            "root /var/www; error_page 404 /style.css;", "/nope", 404, b"css", id="an error page keeps the status"
        ),
        pytest.param(
            "root /var/www; error_page 404 =200 /style.css;", "/nope", 200, b"css", id="unless told otherwise"
        ),
        pytest.param("root /var/www; error_page 404 /nope;", "/x", 404, b"404", id="an error page that is not there"),
        pytest.param(
            "location /d/ { alias /var/www/docs/; }", "/d/index.html", 200, b"docs", id="alias replaces the prefix"
        ),
        pytest.param("location ~ \\.css$ { root /var/www; }", "/style.css", 200, b"css", id="a regular expression"),
        pytest.param(
            "root /nope; location ^~ /s { root /var/www; } location ~ css { return 410; }",
            "/style.css",
            200,
            b"css",
            id="^~ beats it",
        ),
        pytest.param(
            "location / { return 401; } location /docs { return 403; }",
            "/docs/x",
            403,
            b"403",
            id="the longest prefix wins",
        ),
        pytest.param("root /var/www; location / { try_files $uri /nope; }", "/x", 500, b"500", id="a loop ends"),
    ],
)
def test_nginx_answers_as_its_configuration_says(files, body, path, status, text):
    answer = served(files, body, path)
    assert (answer.status, text in answer.body) == (status, True)


def test_nothing_answers_on_another_port(files):
    assert served(files, "root /var/www;", port=8080) is None


def test_the_server_is_chosen_by_name_and_port(files):
    files.write(
        CONF,
        "server { listen 80 default_server; return 200 default; }"
        "server { listen 80; listen 8080; server_name api.example; return 200 api; }",
    )
    server = nginx(files)
    assert server.answer(files, 80, "/").body == b"default"
    assert server.answer(files, 80, "/", "api.example").body == b"api"
    assert server.answer(files, 8080, "/").body == b"api"
    assert server.ports == (80, 8080)


def test_a_file_the_servers_user_may_not_read_is_forbidden(files):
    files.chmod("/var/www/index.html", 0o600)
    assert served(files, "root /var/www;").status == 403
    files.chown("/var/www/index.html", users(files)["nginx"].uid)
    assert served(files, "root /var/www;").status == 200
    files.chmod("/var/www", 0o700)
    assert served(files, "root /var/www;").status == 403


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("serverr { }", '[emerg] unknown directive "serverr" in {path}:1'),
        ("server {\n listen 80;\n", '[emerg] unexpected end of file, expecting ";" or "}" in {path}:3'),
        ("server { listen 80 }", '[emerg] unexpected "}" in {path}:1'),
        ("}", '[emerg] unexpected "}" in {path}:1'),
        ("listen 80;", '[emerg] "listen" directive is not allowed here in {path}:1'),
        ("server { root; }", '[emerg] invalid number of arguments in "root" directive in {path}:1'),
        ("server { listen 99999; }", '[emerg] invalid port in "99999" of the "listen" directive in {path}:1'),
        (
            "server { include /nope.conf; }",
            '[emerg] open() "/nope.conf" failed (2: No such file or directory) in {path}:1',
        ),
        ("server { location / { } location / { } }", '[emerg] duplicate location "/" in {path}:1'),
        ("include conf.d/*.conf;", "[emerg] too many includes in {path}:1"),
    ],
)
def test_a_mistake_is_refused_with_nginxs_words(files, text, message):
    files.write(CONF, text)
    with pytest.raises(ConfigError) as refused:
        nginx(files)
    assert str(refused.value) == message.replace("{path}", CONF)


def test_a_changed_configuration_counts_from_the_next_reload():
    made = booted(SERVE_VAR_WWW)
    made.files.write("/etc/nginx/conf.d/hello-web.conf", "server { listen 80 default_server; return 200 new; }")
    made.clock.advance(1)
    assert made.answer(80, "/").status == 404
    assert run(made, "nginx -t && nginx -s reload").exit_code == 0
    assert made.answer(80, "/").body == b"new"


def test_a_broken_configuration_keeps_the_old_one_running_and_stops_a_restart():
    made = booted(SERVE_VAR_WWW)
    made.files.write("/etc/nginx/conf.d/x.conf", "oops;")
    tested = run(made, "nginx -t")
    assert tested.exit_code == 1
    assert tested.stderr == (
        'nginx: [emerg] unknown directive "oops" in /etc/nginx/conf.d/x.conf:1\n'
        "nginx: configuration file /etc/nginx/nginx.conf test failed\n"
    )
    assert run(made, "systemctl reload nginx").exit_code == 1
    assert made.answer(80, "/").status == 404
    assert "control process exited with error code" in run(made, "systemctl restart nginx").stderr
    assert made.answer(80, "/") is None
    status = run(made, "systemctl status nginx")
    assert status.exit_code == 3
    assert "failed (failed) (Result: exit-code)" in status.stdout
    assert 'unknown directive "oops"' in status.stdout


def test_two_servers_cannot_have_the_same_port():
    made = booted(SERVE_VAR_WWW)
    assert run(made, "dnf install -y httpd && systemctl start httpd").exit_code == 1
    assert "could not bind to address 0.0.0.0:80" in run(made, "journalctl -u httpd").stdout


@pytest.mark.parametrize(
    ("extra", "path", "port", "status", "text"),
    [
        pytest.param("", "/", 80, 200, b"it works", id="DocumentRoot"),
        pytest.param("", "/nope", 80, 404, b"not found on this server", id="a file that is not there"),
        pytest.param("DirectoryIndex b.txt\n", "/", 80, 200, b"bee", id="DirectoryIndex"),
        pytest.param("Listen 8080\n", "/", 8080, 200, b"it works", id="Listen"),
        pytest.param(
            "<VirtualHost *:80>\nDocumentRoot /srv\n</VirtualHost>\n", "/", 80, 200, b"virtual", id="a virtual host"
        ),
    ],
)
def test_httpd_answers_as_its_configuration_says(extra, path, port, status, text):
    files = FileSystem(base_image())
    install(files, PACKAGES["httpd"])
    files.write("/var/www/html/index.html", "it works")
    files.write("/var/www/html/b.txt", "bee")
    files.write("/srv/index.html", "virtual")
    files.write("/etc/httpd/conf.d/x.conf", extra)
    answer = httpd(files).answer(files, port, path)
    assert (answer.status, text in answer.body) == (status, True)


def test_httpd_refuses_what_it_does_not_know():
    files = FileSystem(base_image())
    install(files, PACKAGES["httpd"])
    files.write("/etc/httpd/conf.d/x.conf", "\nOops on\n")
    with pytest.raises(ConfigError, match=r"Syntax error on line 2 of /etc/httpd/conf\.d/x\.conf"):
        httpd(files)
