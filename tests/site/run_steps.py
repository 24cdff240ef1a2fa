"""Runs steps of a page, given as JSON: shell commands, and Python, whose names stay known to the next step."""

import json
import subprocess
import sys

if __name__ == "__main__":
    names: dict[str, object] = {"__name__": "__main__"}
    for language, text in json.loads(sys.argv[1]):
        print(text, flush=True)
        if language == "sh":
            subprocess.run(["bash", "-euo", "pipefail", "-c", text], check=True)
        else:
            exec(compile(text, text, "exec"), names)
