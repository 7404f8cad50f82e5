"""The database backend of the site."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, which asks the server a question before each request to see whether it is still there."""

    def is_usable(self) -> bool:
        """Whether the server is there: one that has gone leaves an end of file to be read, and then it is asked."""
        if self.connection is None or self.connection.closed:
            return False
        socket = select.poll()
        socket.register(self.connection.fileno(), select.POLLIN)
        return not socket.poll(0) or super().is_usable()
