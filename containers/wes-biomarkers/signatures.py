"""COSMIC's reference signatures (SBS, DBS, ID; GRCh37, GRCh38) out of the wheel of SigProfilerAssignment.

python signatures.py WHEEL FOLDER
"""

import re
import sys
import zipfile
from pathlib import Path

WANTED = re.compile(
    r".*/Reference_Signatures/(GRCh3[78]/COSMIC_v3\.6_(?:SBS|DBS|ID)_.*\.txt)|.*\.dist-info/licenses/(.*)"
)


def main(wheel: str, folder: str) -> None:
    """Write the tables and the licence."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if match := WANTED.fullmatch(name):
                path = Path(folder) / (match[1] or match[2])
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(archive.read(name))


if __name__ == "__main__":
    main(*sys.argv[1:])
