# application.py - what gunicorn's workers import and serve: nothing is asked of
# them.
import stamp

stamp.stamp()


def application(environment, start_response):
    start_response("204 No Content", [])
    return []
