# SPDX-License-Identifier: MIT
need node 18 node --version
need npm
npm install --silent --no-audit --no-fund --no-package-lock >&2
starts node adapter.js
about JavaScript "mqtt-packet, npm" \
    "$(node -p "require('./node_modules/mqtt-packet/package.json').version")"
