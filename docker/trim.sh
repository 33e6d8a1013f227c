#!/bin/sh
# trim.sh VENV: remove from an environment what no server needs: debugging information, tests and sources
# of libraries, tools for converting and training networks, dependencies that the server never imports,
# and compiled files of unused modules. Prints the remaining size in MB.
set -eu
lib=$(echo "$1"/lib/python3.*/site-packages)
# libonnxruntime is for C programs, and Python's module includes it; the PDF writer needs no AVIF.
# Without hf-xet, downloads from the hub use HTTP. The others are for Celery's shell and pbr's builds.
"$1"/bin/pip uninstall --quiet --yes hf-xet click-repl prompt_toolkit wcwidth setuptools
rm -rf "$lib"/onnxruntime/transformers "$lib"/onnxruntime/quantization "$lib"/onnxruntime/tools \
  "$lib"/onnxruntime/datasets "$lib"/numpy/_core/include "$lib"/numpy/f2py "$lib"/numpy/random/_examples \
  "$lib"/PIL/_avif.*.so "$lib"/pillow.libs/libavif-* "$lib"/lxml/objectify.*.so "$lib"/lxml/includes \
  "$lib"/onnxruntime/capi/libonnxruntime.so.* "$lib"/fontTools/voltLib "$lib"/fontTools/mtiLib
# rapidfuzz has every module twice, and works without the faster ones.
find "$lib"/rapidfuzz -name '*_avx2.*.so' -delete
find "$lib" -type d \( -name tests -o -name test \) -prune -exec rm -rf {} +
find "$lib" -type f \( -name '*.c' -o -name '*.cpp' -o -name '*.h' -o -name '*.hpp' -o -name '*.pyx' \
  -o -name '*.pxd' -o -name '*.pxi' -o -name '*.pyi' \) -exec rm {} +
# Not the files in NAME.libs, which auditwheel has rewritten: strip would break them.
find "$lib" -name '*.so*' -type f -not -path '*.libs/*' -exec strip --strip-debug {} +
find "$1" -name __pycache__ -prune -exec rm -rf {} +
"$1"/bin/python "$(dirname "$0")"/warm.py
du -sm "$lib"
