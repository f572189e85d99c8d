#!/bin/bash
# ApplicationStart: answer again, now with the new files.
set -eu

systemctl start nginx
