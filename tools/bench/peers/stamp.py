# stamp.py - tells the controller that a worker's own code began, as stamp.c
# does. One worker starts at a time while that is looked at.
import mmap
import struct
import time

PAGE_FD = 10
STARTED = 0
LAST_SLOT = 12
STAMP = 24

page = mmap.mmap(PAGE_FD, 4096)


def stamp():
    now_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    started = struct.unpack_from("I", page, STARTED)[0]
    struct.pack_into("Q", page, STAMP, now_ns)
    struct.pack_into("I", page, LAST_SLOT, 0)
    struct.pack_into("I", page, STARTED, (started + 1) & 0xFFFFFFFF)
