# SPDX-License-Identifier: MIT
need python3 3.10 python3 --version
cp "$adapters/shared/lines.py" .
python3 -m venv venv || skip "python3 makes no virtual environments"
venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
starts venv/bin/python adapter.py
about Python "amqtt, PyPI" \
    "$(venv/bin/python -c 'import importlib.metadata as m; print(m.version("amqtt"))')"
