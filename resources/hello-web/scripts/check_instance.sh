#!/bin/bash
# BeforeInstall: does this instance have what the application needs?
set -eu

if [ ! -x /usr/sbin/nginx ]; then
    echo "nginx is not installed here; launch the instance from the image hello-web" >&2
    exit 1
fi
