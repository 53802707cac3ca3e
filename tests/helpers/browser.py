"""A headless Chromium that opens pages as a reader does: from a file, without a network."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
# Without the last two, Chromium asks its maker's servers for this and that at every start.
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)


class Browser:
    """One window of Chromium; `driver` is selenium's."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, page: Path, width: int = 1400, height: int = 900) -> None:
        """Open a page from disk in a viewport of `width` x `height` CSS pixels, with no network."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
        self.resize(width, height)
        self.driver.get_log("browser")
        self.driver.get(page.resolve().as_uri())

    def visit(self, address: str, width: int = 1400, height: int = 900) -> None:
        """Open an address of this machine; the console's messages of before are forgotten."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        online = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", online)
        self.resize(width, height)
        self.driver.get_log("browser")
        self.driver.get(address)

    def wait_for(self, script: str, seconds: float = 20) -> str:
        """What a piece of JavaScript returns, tried until it is not empty; empty after the time."""
        end = time.monotonic() + seconds
        while not (found := str(self.run(script) or "")) and time.monotonic() < end:
            time.sleep(0.2)
        return found

    def resize(self, width: int, height: int = 900) -> None:
        """Give the viewport a size; a headless window by itself is never narrower than 500 pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def problems(self) -> list[str]:
        """What the console says: errors and warnings of scripts, and files that were not found."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def seconds(self) -> float:
        """CPU seconds of the page's process so far; unlike the clock's, other programs do not lengthen them."""
        self.driver.execute_cdp_cmd("Performance.enable", {})
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(float(one["value"]) for one in metrics if one["name"] == "ProcessTime")

    def run(self, script: str, *arguments: object) -> object:
        """The value that a piece of JavaScript returns."""
        return self.driver.execute_script(script, *arguments)

    def tab_to(self, element: WebElement, most: int = 80) -> bool:
        """Press the tab key until the element has the focus; False if it never gets it."""
        for _ in range(most):
            self.driver.switch_to.active_element.send_keys(Keys.TAB)
            if self.driver.switch_to.active_element == element:
                return True
        return False

    def overflow(self) -> int:
        """Pixels by which the page is wider than its viewport; more than 0 makes a reader scroll sideways."""
        return int(self.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """A browser that ends with the block; `profile` is an empty folder for its own files."""
    options = Options()
    options.binary_location = CHROMIUM
    for switch in (*SWITCHES, f"--user-data-dir={profile}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
