# run_oslo.py WORKERS - a service that waits, under oslo.service's process
# launcher, whose history of forks stays empty: as if every death came long
# after the one before, so that it never throttles.
import sys

import eventlet

eventlet.monkey_patch()

from oslo_config import cfg  # noqa: E402
from oslo_service import service  # noqa: E402

import stamp  # noqa: E402


class Forgetful(list):
    def append(self, item):
        pass


class Idle(service.Service):
    def start(self):
        stamp.stamp()


wrapper_init = service.ServiceWrapper.__init__


def init(self, *arguments, **options):
    wrapper_init(self, *arguments, **options)
    self.forktimes = Forgetful()


service.ServiceWrapper.__init__ = init
conf = cfg.ConfigOpts()
conf([])
launcher = service.ProcessLauncher(conf)
launcher.launch_service(Idle(), workers=int(sys.argv[1]))
launcher.wait()
