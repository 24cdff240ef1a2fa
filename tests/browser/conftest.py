"""A browser, and pages of small campaigns. The packages of ``install.sh`` are needed: without a browser tests fail."""

import pytest
from playwright.sync_api import sync_playwright

from ..explored import made_class as made_class
from ..explored import made_panel as made_panel
from ..explored import made_quantities as made_quantities

CHROMIUM = "/usr/bin/chromium"
LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root, which tests run as in containers
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser):
    """Return a function that opens a page; afterwards no error and no request of the page must have been seen."""
    pages, errors, requests = [], [], []

    def open_page(path, viewport=LAPTOP):
        page = browser.new_page(viewport=viewport)
        pages.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        if page.query_selector("#map"):
            page.wait_for_selector("#map[data-ready=true]")
        return page

    yield open_page
    assert errors == []
    assert len(requests) == len(pages), requests  # each page is loaded, and loads nothing
    for page in pages:
        page.close()
