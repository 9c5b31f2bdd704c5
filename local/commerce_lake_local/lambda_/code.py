"""The deployed zip files, unpacked once each."""

from __future__ import annotations

import io
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path

from moto.awslambda.models import LambdaFunction

from .settings import UnsupportedFunctionError


class CodeStore:
    """Unpacks a function's code into a folder named by its hash.

    Args:
        directory: Emptied first: what an earlier local AWS left there is of no use.

    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)

    def folder(self, function: LambdaFunction) -> Path:
        """Return the folder with the code of a function.

        Raises:
            UnsupportedFunctionError: The function has no code, or what was uploaded is no zip file.

        """
        target = self._directory / str(function.code_sha_256).translate(str.maketrans("/+", "_-", "="))
        with self._lock:
            if target.exists():
                return target
            unpacked = Path(tempfile.mkdtemp(dir=self._directory))
            try:
                with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                    archive.extractall(unpacked)
            except zipfile.BadZipFile as error:
                raise UnsupportedFunctionError(
                    f"The code of {function.function_name} ({len(function.code_bytes)} bytes) is no zip file: {error}."
                ) from error
            unpacked.rename(target)
            return target
