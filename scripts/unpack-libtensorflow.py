"""Takes TensorFlow's C library, its headers and its licences out of a tensorflow-cpu wheel.

    python3 unpack-libtensorflow.py WHEEL FOLDER

Makes FOLDER/lib (the libraries, also under the names that a linker looks for), FOLDER/include and the
two files of licences. The wheels have the library since TensorFlow 2.12.
"""

import shutil
import sys
import zipfile
from pathlib import Path, PurePosixPath

LIBRARIES = {
    "libtensorflow_cc.so.2": "libtensorflow.so",
    "libtensorflow_framework.so.2": "libtensorflow_framework.so",
}
HEADERS = tuple(
    f"tensorflow/include/{folder}/"
    for folder in ("tensorflow/c", "tensorflow/core/platform", "tensorflow/tsl", "tsl", "xla/tsl")
)


def destination(name):
    """Where a member of the wheel goes, relative to the folder; None for what is not needed."""
    path = PurePosixPath(name)
    if path.parts[:1] == ("tensorflow",) and len(path.parts) == 2 and path.name in LIBRARIES:
        return PurePosixPath("lib", path.name)
    if name.startswith(HEADERS) and path.suffix == ".h":
        return PurePosixPath("include", *path.parts[2:])
    if name == "tensorflow/THIRD_PARTY_NOTICES.txt" or name.endswith(".dist-info/LICENSE"):
        return PurePosixPath(path.name)
    return None


def main(wheel, folder):
    folder = Path(folder)
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            to = destination(name)
            if to is None:
                continue
            if ".." in to.parts:
                sys.exit(f"{wheel} has a member outside its folder: {name}")
            file = folder / to
            file.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as source, file.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    for library, link in LIBRARIES.items():
        file = folder / "lib" / library
        if not file.exists():
            sys.exit(f"{wheel} has no {library}")
        file.chmod(0o755)
        (folder / "lib" / link).symlink_to(library)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
