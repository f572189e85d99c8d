"""What each package puts on a machine, and which are there: dnf on Amazon Linux 2023, from a repository in memory.

The paths, users and default pages are those of Amazon Linux's own packages; programs are files that hold their name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from labkit.world.accounts import groups, users
from labkit.world.agent_package import AGENT_FOLDERS, agent_files
from labkit.world.base_image import PACKAGE_LIST, program
from labkit.world.files import FileSystem

NGINX_CONF = """# For more information on configuration, see:
#   * Official English Documentation: http://nginx.org/en/docs/

user nginx;
worker_processes auto;
error_log /var/log/nginx/error.log notice;
pid /run/nginx.pid;

# Load dynamic modules. See /usr/share/doc/nginx/README.dynamic.
include /usr/share/nginx/modules/*.conf;

events {
    worker_connections 1024;
}

http {
    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile            on;
    tcp_nopush          on;
    keepalive_timeout   65;
    types_hash_max_size 4096;

    include             /etc/nginx/mime.types;
    default_type        application/octet-stream;

    # Load modular configuration files from the /etc/nginx/conf.d directory.
    # See http://nginx.org/en/docs/ngx_core_module.html#include
    # for more information.
    include /etc/nginx/conf.d/*.conf;

    server {
        listen       80;
        listen       [::]:80;
        server_name  _;
        root         /usr/share/nginx/html;

        # Load configuration files for the default server block.
        include /etc/nginx/default.d/*.conf;

        error_page 404 /404.html;
        location = /404.html {
        }

        error_page 500 502 503 504 /50x.html;
        location = /50x.html {
        }
    }
}
"""

NGINX_UNIT = """[Unit]
Description=The nginx HTTP and reverse proxy server
After=network-online.target remote-fs.target nss-lookup.target
Wants=network-online.target

[Service]
Type=forking
PIDFile=/run/nginx.pid
ExecStartPre=/usr/bin/rm -f /run/nginx.pid
ExecStartPre=/usr/sbin/nginx -t
ExecStart=/usr/sbin/nginx
ExecReload=/usr/sbin/nginx -s reload
KillSignal=SIGQUIT
TimeoutStopSec=5
KillMode=mixed
PrivateTmp=true

[Install]
WantedBy=multi-user.target
"""

NGINX_WELCOME = """<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
"""

HTTPD_CONF = """ServerRoot "/etc/httpd"
Listen 80
Include conf.modules.d/*.conf
User apache
Group apache
ServerAdmin root@localhost
<Directory />
    AllowOverride none
    Require all denied
</Directory>
DocumentRoot "/var/www/html"
<Directory "/var/www">
    AllowOverride None
    Require all granted
</Directory>
<IfModule dir_module>
    DirectoryIndex index.html
</IfModule>
ErrorLog "logs/error_log"
LogLevel warn
AddDefaultCharset UTF-8
EnableSendfile on
IncludeOptional conf.d/*.conf
"""

HTTPD_UNIT = """[Unit]
Description=The Apache HTTP Server
Wants=httpd-init.service
After=network.target remote-fs.target nss-lookup.target httpd-init.service
Documentation=man:httpd.service(8)

[Service]
Type=notify
Environment=LANG=C
ExecStart=/usr/sbin/httpd $OPTIONS -DFOREGROUND
ExecReload=/usr/sbin/httpd $OPTIONS -k graceful
KillSignal=SIGWINCH
KillMode=mixed
PrivateTmp=true

[Install]
WantedBy=multi-user.target
"""

MIME_TYPES = "types {\n    text/html html htm;\n    text/css css;\n    application/javascript js;\n}\n"

ERROR_PAGE = (
    "<!DOCTYPE html>\n<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n</body>\n</html>\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """``files``: path -> content; ``programs``: paths of its executables; ``seconds``: lab time of its installation.

    ``users``: name -> (uid, home); each gets a group of its own. ``folders``: path -> mode.
    """

    name: str
    version: str
    architecture: str = "x86_64"
    summary: str = ""
    seconds: float = 2.0
    needs: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, int] = field(default_factory=dict)
    users: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    after: Callable[[FileSystem], None] | None = None

    @property
    def label(self) -> str:
        """What rpm calls this build: ``nginx-1.28.0-1.amzn2023.x86_64``."""
        return f"{self.name}-{self.version}.{self.architecture}"


def _agent_program(files: FileSystem) -> None:
    for path in ("/opt/codedeploy-agent/bin/codedeploy-agent", "/etc/init.d/codedeploy-agent"):
        files.chmod(path, 0o755)


def _package(name: str, version: str, *programs: str, **more: object) -> Package:
    return Package(name=name, version=version, programs=programs, **more)  # type: ignore[arg-type]


_ALL = (
    _package(
        "nginx",
        "1.28.0-1.amzn2023.0.2",
        "/usr/sbin/nginx",
        summary="A high performance web server",
        seconds=4.0,
        users={"nginx": (993, "/var/lib/nginx")},
        folders={
            "/etc/nginx/conf.d": 0o755,
            "/etc/nginx/default.d": 0o755,
            "/usr/share/nginx/modules": 0o755,
            "/var/lib/nginx": 0o770,
            "/var/log/nginx": 0o711,
        },
        files={
            "/etc/nginx/nginx.conf": NGINX_CONF,
            "/etc/nginx/mime.types": MIME_TYPES,
            "/usr/lib/systemd/system/nginx.service": NGINX_UNIT,
            "/usr/share/nginx/html/index.html": NGINX_WELCOME,
            "/usr/share/nginx/html/404.html": ERROR_PAGE.format(title="The page you are looking for is not found."),
            "/usr/share/nginx/html/50x.html": ERROR_PAGE.format(title="An error occurred."),
        },
    ),
    _package(
        "httpd",
        "2.4.65-1.amzn2023.0.2",
        "/usr/sbin/httpd",
        "/usr/sbin/apachectl",
        summary="Apache HTTP Server",
        seconds=4.0,
        users={"apache": (48, "/usr/share/httpd")},
        folders={
            "/etc/httpd/conf.d": 0o755,
            "/etc/httpd/conf.modules.d": 0o755,
            "/var/log/httpd": 0o700,
            "/var/www/html": 0o755,
            "/var/www/cgi-bin": 0o755,
        },
        files={
            "/etc/httpd/conf/httpd.conf": HTTPD_CONF,
            "/usr/lib/systemd/system/httpd.service": HTTPD_UNIT,
            "/usr/share/httpd/noindex/index.html": ERROR_PAGE.format(title="It works!"),
        },
    ),
    _package("ruby3.2", "3.2.8-182.amzn2023.0.1", "/usr/bin/ruby", "/usr/bin/gem", seconds=5.0, summary="Ruby"),
    _package("wget", "1.21.3-1.amzn2023.0.5", "/usr/bin/wget", seconds=1.0, summary="Retrieves files by HTTP"),
    _package("git", "2.50.1-1.amzn2023.0.1", "/usr/bin/git", seconds=5.0, summary="Version control"),
    _package("python3", "3.9.23-1.amzn2023.0.3", "/usr/bin/python3", seconds=1.0, summary="Python"),
    _package("amazon-ssm-agent", "3.3.3050.0-1.amzn2023", "/usr/bin/amazon-ssm-agent", summary="Systems Manager agent"),
    _package("nodejs20", "20.19.4-1.amzn2023.0.1", "/usr/bin/node", "/usr/bin/npm", seconds=6.0, summary="Node.js"),
    _package("awscli-2", "2.27.7-1.amzn2023.0.1", "/usr/bin/aws", seconds=5.0, summary="AWS command line"),
    _package(
        "codedeploy-agent",
        "1.8.1-1",
        architecture="noarch",
        seconds=6.0,
        summary="AWS CodeDeploy host agent",
        needs=("ruby3.2",),
        folders=AGENT_FOLDERS,
        files=agent_files(),
        after=_agent_program,
    ),
)

PACKAGES = {package.name: package for package in _ALL}

ALIASES = {"ruby": "ruby3.2", "python": "python3", "nodejs": "nodejs20", "awscli": "awscli-2", "apache2": "httpd"}
"""Other names under which dnf finds a package (what it provides)."""

NOT_IN_REPOSITORY = frozenset({"codedeploy-agent", "apache2"})
"""Installed from elsewhere, or another system's name for it."""


def in_repository(name: str) -> Package | None:
    """The package dnf finds under ``name``; None if the repositories have none."""
    return None if name in NOT_IN_REPOSITORY else PACKAGES.get(ALIASES.get(name, name))


def installed(files: FileSystem) -> dict[str, tuple[str, str]]:
    """What is installed: name -> (version, architecture), sorted by name."""
    if not files.is_file(PACKAGE_LIST):
        return {}
    rows = (line.split() for line in files.read_text(PACKAGE_LIST).splitlines())
    return dict(sorted((row[0], (row[1], row[2])) for row in rows if len(row) == 3))  # noqa: PLR2004


def install(files: FileSystem, package: Package) -> None:
    """Puts the package on the machine; configuration files that are there already are kept, as rpm keeps them."""
    for name, (uid, home) in package.users.items():
        add_user(files, name, uid, home)
    for path, mode in package.folders.items():
        if not files.is_dir(path):
            files.mkdir(path, parents=True)
            files.chmod(path, mode)
    for path, content in package.files.items():
        if not (path.startswith("/etc/") and files.exists(path)):
            _write(files, path, content.encode(), 0o644)
    for path in package.programs:
        _write(files, path, program(path.rpartition("/")[2]), 0o755)
    if package.after:
        package.after(files)
    _record(files, {**installed(files), package.name: (package.version, package.architecture)})


def remove(files: FileSystem, package: Package) -> None:
    """Takes the package's files away; what others put beside them stays."""
    for path in (*package.files, *package.programs):
        if files.lstat(path) is not None:
            files.remove_tree(path)
    for path in sorted(package.folders, key=len, reverse=True):
        if files.is_dir(path) and not files.listdir(path):
            files.remove(path)
    _record(files, {name: what for name, what in installed(files).items() if name != package.name})


def add_user(files: FileSystem, name: str, uid: int, home: str, shell: str = "/sbin/nologin") -> None:
    """Adds a user and a group of the same name and number, unless they exist."""
    if name not in groups(files):
        files.write("/etc/group", files.read_text("/etc/group") + f"{name}:x:{uid}:\n")
    if name not in users(files):
        files.write("/etc/passwd", files.read_text("/etc/passwd") + f"{name}:x:{uid}:{uid}::{home}:{shell}\n")


def _write(files: FileSystem, path: str, content: bytes, mode: int) -> None:
    files.mkdir(path.rpartition("/")[0], parents=True)
    files.write(path, content, mode=mode)


def _record(files: FileSystem, packages: Mapping[str, tuple[str, str]]) -> None:
    files.mkdir(PACKAGE_LIST.rpartition("/")[0], parents=True)
    lines = [f"{name} {version} {architecture}\n" for name, (version, architecture) in sorted(packages.items())]
    files.write(PACKAGE_LIST, "".join(lines))
