# SPDX-License-Identifier: MIT
# The package of this checkout, where scripts/bootstrap installed it.
python=$root/.venv/bin/python
[[ -x $python ]] || skip "scripts/bootstrap was not run"
cp "$adapters/shared/lines.py" .
starts "'$python' adapter.py"
about Python "this checkout's package" \
    "$("$python" -c 'import importlib.metadata as m; print(m.version("mqttwire"))')"
