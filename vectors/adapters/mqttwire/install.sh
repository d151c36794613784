# SPDX-License-Identifier: MIT
# The package of this checkout, where scripts/bootstrap installed it.
python=$root/.venv/bin/python
[[ -x $python ]] || skip "scripts/bootstrap was not run"
cp "$adapters/shared/lines.py" .
starts "'$python' adapter.py"
