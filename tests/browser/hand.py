"""Pen and fingers, as Chromium's own input pipeline delivers them."""

from playwright.sync_api import CDPSession, Page

Point = tuple[float, float]


class Hand:
    """A pen and fingers over a page, in CSS pixels from a corner, such as that of the photo as it first lies."""

    def __init__(self, page: Page, corner: Point) -> None:
        self.corner = corner
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 5})

    def on_screen(self, point: Point) -> dict[str, float]:
        return {"x": self.corner[0] + point[0], "y": self.corner[1] + point[1]}

    def fingers(self, kind: str, *points: Point) -> None:
        """One event with all fingers that are down after it."""
        touches = [self.on_screen(point) | {"id": number} for number, point in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def swipe(self, *path: Point) -> None:
        """One finger down, along and up."""
        self.fingers("touchStart", path[0])
        for point in path[1:]:
            self.fingers("touchMove", point)
        self.fingers("touchEnd")

    def pen(self, *path: Point) -> None:
        """The pen down, along and up; a path of one place is a tap."""
        self._mouse("mouseMoved", path[0], 0)
        self._mouse("mousePressed", path[0], 1)
        for point in path[1:]:
            self._mouse("mouseMoved", point, 1)
        self._mouse("mouseReleased", path[-1], 0)

    def _mouse(self, kind: str, point: Point, buttons: int) -> None:
        which = {"button": "none" if kind == "mouseMoved" else "left", "buttons": buttons, "clickCount": 1}
        self.session.send(
            "Input.dispatchMouseEvent", {"type": kind, "pointerType": "pen", **which, **self.on_screen(point)}
        )
