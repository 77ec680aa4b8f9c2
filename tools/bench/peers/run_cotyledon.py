# run_cotyledon.py WORKERS - a service that waits, under cotyledon's manager,
# whose history of forks stays empty, as in run_oslo.py.
import sys

import cotyledon
import stamp


class Forgetful(list):
    def append(self, item):
        pass


class Idle(cotyledon.Service):
    name = "idle"

    def __init__(self, worker_id):
        super().__init__(worker_id)

    def run(self):
        stamp.stamp()


manager = cotyledon.ServiceManager()
manager._forktimes = Forgetful()
manager.add(Idle, workers=int(sys.argv[1]))
manager.run()
