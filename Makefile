.DEFAULT_GOAL := help
setup:
	python3 -m venv .venv && .venv/bin/pip install -e '.[dev]'
