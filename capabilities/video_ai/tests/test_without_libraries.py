"""The plugin loads where the heavy libraries are missing, does all that needs no picture, and says what to install."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]

SCRIPT = """
import sys
for name in ("av", "cv2", "onnxruntime", "numpy"):
    sys.modules[name] = None
from ucs_sdk import UcsError
from ucs_sdk.messages import Locale
from ucs_sdk.testing import Rehearsal
stage = Rehearsal(sys.argv[1])
stage.call("video_ai.register_camera", {"code": "37021301001310000177", "name": "a"})
assert stage.hook("ucs_health").ok
print(len(stage.call("video_ai.algorithms", {})["algorithms"]))
asked = {"code": "37021301001310000177", "picture": "/9j/", "at": "2026-07-01T00:00:00Z", "algorithms": ["litter"]}
try:
    stage.call("video_ai.look", asked)
except UcsError as error:
    print(error.reason, error.code.value)
    print(error.message(Locale.EN))
    print(error.message(Locale.ZH))
"""


def test_it_loads_and_says_what_is_missing_in_both_languages():
    asked = [sys.executable, "-c", SCRIPT, str(FOLDER / "tests" / "x.py")]
    ran = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    algorithms, reason, english, chinese = ran.stdout.splitlines()
    assert (algorithms, reason) == ("4", "VIDEO_LIBRARIES_MISSING unavailable")
    assert "capabilities/video_ai/requirements.txt" in english
    assert "缺少" in chinese
