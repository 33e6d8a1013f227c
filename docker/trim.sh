#!/bin/sh
# trim.sh VENV: takes out of an environment what no server needs: debugging information, tests of
# libraries, tools that convert and train networks, headers; and what Python compiled of modules that
# are not used. Prints how much is left, in MB.
set -eu
lib=$(echo "$1"/lib/python3.*/site-packages)
rm -rf "$lib"/onnxruntime/transformers "$lib"/onnxruntime/quantization "$lib"/onnxruntime/tools \
  "$lib"/onnxruntime/datasets "$lib"/numpy/_core/include "$lib"/numpy/f2py "$lib"/numpy/random/_examples
find "$lib" -type d \( -name tests -o -name test \) -prune -exec rm -rf {} +
# Not in NAME.libs: auditwheel has rewritten those, and strip breaks them.
find "$lib" -name '*.so*' -type f -not -path '*.libs/*' -exec strip --strip-debug {} +
find "$1" -name __pycache__ -prune -exec rm -rf {} +
"$1"/bin/python "$(dirname "$0")"/warm.py
du -sm "$lib"
