"""Selects Mitsuba's LLVM backend; import `dr` and `mi` from here so that the variant is always set first."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "DRJIT_LIBLLVM_PATH"
# LLVM 14 and 15 stop with an instruction-selection error on newer CPUs.
USABLE_VERSIONS = (19, 20, 18, 17, 16)
LIBRARY_FOLDERS = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib")


def find_llvm() -> Path:
    """Path of a usable libLLVM: the environment variable if set, else the first match on this machine."""
    if os.environ.get(VARIABLE):
        path = Path(os.environ[VARIABLE])
        if not path.is_file():
            raise FileNotFoundError(f"{VARIABLE} names {path}, which does not exist")
        return path
    folders = [Path(folder) for folder in LIBRARY_FOLDERS]
    for version in USABLE_VERSIONS:
        names = [f"libLLVM-{version}.so", f"libLLVM.so.{version}.1", f"libLLVM.so.{version}"]
        names.append(f"llvm-{version}/lib/libLLVM.so")
        for path in (folder / name for folder in folders for name in names):
            if path.is_file():
                return path
    raise FileNotFoundError(
        f"The path tracer needs LLVM 16 or newer: run `apt-get install libllvm19`, "
        f"or set {VARIABLE} to the path of libLLVM.so"
    )


os.environ[VARIABLE] = str(find_llvm())

import drjit as dr  # noqa: E402
import mitsuba as mi  # noqa: E402

mi.set_variant("llvm_ad_rgb")

__all__ = ["dr", "find_llvm", "mi"]
