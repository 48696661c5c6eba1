"""`make seeds`: records anew what Faker gives for the default world, and what that world hashes to."""

import json
import sys

from sandbox.seeds.snapshot import FROZEN, TAPE, dump_tape, hashes, load_tape, record

recorded = record()
TAPE.write_text(dump_tape(recorded), encoding="utf-8")
load_tape.cache_clear()
FROZEN.write_text(json.dumps(hashes(), indent=2) + "\n", encoding="utf-8")
sys.stdout.write(f"{TAPE.name}: {sum(map(len, recorded.values()))} draws in {len(recorded)} collections\n")
