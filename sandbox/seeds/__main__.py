"""`make seeds`: records anew what Faker gives for the default world."""

import sys

from sandbox.seeds.snapshot import TAPE, dump_tape, record

recorded = record()
TAPE.write_text(dump_tape(recorded), encoding="utf-8")
sys.stdout.write(f"{TAPE.name}: {sum(map(len, recorded.values()))} draws in {len(recorded)} collections\n")
