"""A client of interop/ with its documented settings: python interop_client.py FOLDER PROGRAM…, run in the folder.

Gives the program its call as a line of JSON, as interop/program.py does, and turns its report into that of a caller.
"""

import json
import os
import subprocess
import sys

ENDS = {"issued": "issued", "partly-issued": "partly-issued", "outcome-unknown": "unknown"}

if __name__ == "__main__":
    env, (folder, *program) = os.environ, sys.argv[1:]
    call = {
        "name": "call",
        "url": env["COUPON_URL"],
        "user": env["COUPON_USER"],
        "password": env["COUPON_PASSWORD"],
        "timeoutMs": int(float(env["COUPON_TIME_LIMIT"]) * 400),
        "request": {
            "seriesId": int(env["COUPON_SERIES"]),
            "customer": {"mobile": env["COUPON_MOBILE"]},
            "count": int(env["COUPON_COUNT"]),
        },
    }
    done = subprocess.run(
        program, cwd=folder, input=json.dumps(call) + "\n", stdout=subprocess.PIPE, text=True, check=True
    )
    report = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps({"end": ENDS.get(report["end"], "nothing-issued"), "codes": report.get("codes") or []}))
