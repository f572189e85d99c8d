#!/bin/bash
# ValidateService: is the page that was installed the page that visitors get?
set -eu

installed=$(cat /var/www/index.html)

for attempt in 1 2 3 4 5; do
    if answered=$(curl -fsS http://localhost/) && [ "$answered" = "$installed" ]; then
        echo "http://localhost/ answers with the installed page (attempt $attempt)"
        exit 0
    fi
    sleep 2
done

echo "http://localhost/ does not answer with /var/www/index.html" >&2
exit 1
