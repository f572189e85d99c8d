#!/bin/bash
# ApplicationStop: stop answering before the files change.
set -eu

systemctl stop nginx
