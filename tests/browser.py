# SPDX-License-Identifier: MIT
"""Chromium without a window, as Debian has it, and a page of ours in it.

Selenium drives it: tests are Python here, and it takes the driver that is installed. Those that are
driven through Node want a browser of their own version.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

webdriver: Any = pytest.importorskip("selenium.webdriver")

WAIT = 60.0  # seconds
ARGUMENTS = [
    "--headless",
    "--no-sandbox",  # which root cannot have
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Browser:
    def __init__(
        self, profile: Path, width: int = 1400, height: int = 1000, arguments: Sequence[str] = ()
    ) -> None:
        driver, chromium = shutil.which("chromedriver"), shutil.which("chromium")
        if driver is None or chromium is None:
            pytest.skip("there is no Chromium with its driver")
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for argument in (*ARGUMENTS, *arguments, f"--user-data-dir={profile}"):
            options.add_argument(argument)
        options.add_argument(f"--window-size={width},{height}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        service = webdriver.ChromeService(executable_path=driver)
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.set_script_timeout(WAIT)
        self.driver.get("about:blank")  # instead of the browser's own first page, which loads much

    def close(self) -> None:
        self.driver.quit()

    def open(self, page: Path) -> None:
        """Opens a page, and waits until its packets are there."""
        self.take_logs()
        self.driver.get(page.as_uri())
        self.wait("document.documentElement.dataset.ready === 'true'")

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of a script; it may await."""
        wrapped = (
            "const done = arguments[arguments.length - 1];"
            f"(async (...arguments) => {{ {script} }})(...arguments)"
            ".then(value => done({ value }), error => done({ error: String(error.stack) }))"
        )
        answer = self.driver.execute_async_script(wrapped, *arguments)
        assert "error" not in answer, answer["error"]
        return answer.get("value")

    def wait(self, condition: str) -> Any:
        """Until it has a value, which is answered."""
        return self.run(
            f"const until = performance.now() + {1000 * WAIT / 2};"
            "for (;;) {"
            f"  const value = {condition};"
            "  if (value) return value;"
            "  if (performance.now() > until) throw new Error('waited in vain');"
            "  await new Promise(go => setTimeout(go, 5)) }"
        )

    def keys(self, *keys: str) -> None:
        """Presses keys, where the focus is."""
        chain = webdriver.ActionChains(self.driver, duration=0)
        for key in keys:
            chain.send_keys(key)
        chain.perform()

    def emulate(self, command: str, **parameters: Any) -> None:
        self.driver.execute_cdp_cmd(f"Emulation.{command}", parameters)

    def take_logs(self) -> tuple[list[str], list[str]]:
        """What the console said, and what was asked of any network, since the last time."""
        console = [entry["message"] for entry in self.driver.get_log("browser")]
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        return console, asked


def browsers(profile: Path) -> Iterator[Browser]:
    made = Browser(profile)
    try:
        yield made
    finally:
        made.close()
