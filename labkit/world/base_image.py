"""The files of a fresh Amazon Linux 2023, as far as scripts, AppSpec files and people look at them.

An image is nothing but the root directory of a tree: which packages are installed and which services start at boot
stands in files of that tree too (``PACKAGE_LIST``, systemd's links).
"""

from functools import cache

from labkit.world.files import Directory, FileSystem

PACKAGE_LIST = "/var/lib/rpm/packages"
"""What is installed, a line ``name version architecture`` each: the lab's stand-in for rpm's database."""

OS_RELEASE = """NAME="Amazon Linux"
VERSION="2023"
ID="amzn"
ID_LIKE="fedora"
VERSION_ID="2023"
PLATFORM_ID="platform:al2023"
PRETTY_NAME="Amazon Linux 2023.9.20260202"
ANSI_COLOR="0;33"
CPE_NAME="cpe:2.3:o:amazon:amazon_linux:2023"
HOME_URL="https://aws.amazon.com/linux/amazon-linux-2023/"
VENDOR_NAME="AWS"
VENDOR_URL="https://aws.amazon.com/"
SUPPORT_END="2029-06-30"
"""

PASSWD = """root:x:0:0:root:/root:/bin/bash
bin:x:1:1:bin:/bin:/sbin/nologin
daemon:x:2:2:daemon:/sbin:/sbin/nologin
mail:x:8:12:mail:/var/spool/mail:/sbin/nologin
ftp:x:14:50:FTP User:/var/ftp:/sbin/nologin
nobody:x:65534:65534:Kernel Overflow User:/:/sbin/nologin
systemd-network:x:192:192:systemd Network Management:/:/usr/sbin/nologin
dbus:x:81:81:System message bus:/:/sbin/nologin
sshd:x:74:74:Privilege-separated SSH:/usr/share/empty.sshd:/sbin/nologin
ec2-user:x:1000:1000:EC2 Default User:/home/ec2-user:/bin/bash
"""  # noqa: S105 - a file without passwords

GROUP = """root:x:0:
bin:x:1:
daemon:x:2:
sys:x:3:
adm:x:4:ec2-user
tty:x:5:
mail:x:12:
wheel:x:10:ec2-user
ftp:x:50:
nobody:x:65534:
systemd-journal:x:190:ec2-user
systemd-network:x:192:
dbus:x:81:
sshd:x:74:
ec2-user:x:1000:
"""

SSM_UNIT = """[Unit]
Description=amazon-ssm-agent
Wants=network-online.target
After=network-online.target

[Service]
Type=simple
WorkingDirectory=/usr/bin/
ExecStart=/usr/bin/amazon-ssm-agent
KillMode=process
Restart=always
RestartSec=15min

[Install]
WantedBy=multi-user.target
"""

PROGRAMS = """amazon-ssm-agent awk bash cat chattr chmod chown cp curl cut date df du echo env false find grep
    head hostname id journalctl kill ln ls lsattr mkdir mv nohup ps python3 rm sed sleep sort stat su
    sudo systemctl tail tar tee test timeout touch tr true uname wc which whoami xargs dnf rpm""".split()  # noqa: SIM905


SBIN_PROGRAMS = ["groupadd", "ip", "nologin", "reboot", "service", "shutdown", "ss", "useradd", "usermod"]

FOLDERS = {
    "/dev": 0o755,
    "/boot": 0o755,
    "/etc/cloud": 0o755,
    "/etc/sysconfig": 0o755,
    "/etc/systemd/system/multi-user.target.wants": 0o755,
    "/home/ec2-user": 0o700,
    "/media": 0o755,
    "/mnt": 0o755,
    "/opt/aws": 0o755,
    "/proc": 0o555,
    "/root": 0o550,
    "/run": 0o755,
    "/srv": 0o755,
    "/sys": 0o555,
    "/tmp": 0o1777,  # noqa: S108 - a folder of the machine in memory
    "/usr/bin": 0o555,
    "/usr/lib/systemd/system": 0o755,
    "/usr/local/bin": 0o755,
    "/usr/local/sbin": 0o755,
    "/usr/sbin": 0o555,
    "/usr/share": 0o755,
    "/var/cache": 0o755,
    "/var/lib/cloud": 0o755,
    "/var/lib/rpm": 0o755,
    "/var/log/amazon/ssm": 0o755,
    "/var/log/journal": 0o755,
    "/var/spool": 0o755,
    "/var/tmp": 0o1777,  # noqa: S108 - as above
}

LINKS = {
    "/bin": "usr/bin",
    "/sbin": "usr/sbin",
    "/lib": "usr/lib",
    "/var/run": "../run",
    "/usr/bin/sh": "bash",
    "/usr/bin/yum": "dnf",
    "/etc/systemd/system/multi-user.target.wants/amazon-ssm-agent.service": (
        "/usr/lib/systemd/system/amazon-ssm-agent.service"
    ),
}

INSTALLED = """amazon-ssm-agent 3.3.3050.0-1.amzn2023 x86_64
bash 5.2.15-1.amzn2023.0.2 x86_64
coreutils 8.32-30.amzn2023.0.3 x86_64
curl-minimal 8.11.1-4.amzn2023.0.1 x86_64
dnf 4.14.0-1.amzn2023.0.6 noarch
python3 3.9.23-1.amzn2023.0.3 x86_64
systemd 252.23-8.amzn2023 x86_64
"""

FILES = {
    "/etc/os-release": OS_RELEASE,
    "/etc/system-release": "Amazon Linux release 2023.9.20260202 (Amazon Linux)\n",
    "/etc/passwd": PASSWD,
    "/etc/group": GROUP,
    "/etc/hosts": "127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4\n"
    "::1         localhost6 localhost6.localdomain6\n",
    "/etc/profile": "# /etc/profile\n",
    "/etc/shells": "/bin/sh\n/bin/bash\n/usr/bin/sh\n/usr/bin/bash\n",
    "/etc/resolv.conf": "nameserver 10.0.0.2\nsearch ec2.internal\n",
    "/usr/lib/systemd/system/amazon-ssm-agent.service": SSM_UNIT,
    PACKAGE_LIST: INSTALLED,
}


def program(name: str) -> bytes:
    """The content of a compiled program's file: what it does is known by its name."""
    return b"\x7fELF" + name.encode()


@cache
def base_image() -> Directory:
    """The root of a fresh machine's tree; the same object every time, so machines share it."""
    files = FileSystem()
    for path, mode in FOLDERS.items():
        files.mkdir(path, parents=True)
        files.chmod(path, mode)
    files.chown("/home/ec2-user", 1000, 1000)
    for path, target in LINKS.items():
        files.symlink(target, path)
    for path, content in FILES.items():
        files.write(path, content)
    for folder, names in (("/usr/bin", PROGRAMS), ("/usr/sbin", SBIN_PROGRAMS)):
        for name in names:
            files.write(f"{folder}/{name}", program(name), mode=0o755)
    for name in ("su", "sudo"):
        files.chmod(f"/usr/bin/{name}", 0o4755)
    return files.root
