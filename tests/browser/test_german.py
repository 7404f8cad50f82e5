"""A photo labelled in German, from the switch of the language to the submit."""

from collections.abc import Callable

import httpx
from playwright.sync_api import BrowserContext, expect

from tests.browser.workbench import BOX, Bench


def test_a_photo_is_labelled_in_german(owner: BrowserContext, api: httpx.Client, new_project: Callable) -> None:
    project, _ = new_project(1)
    page = owner.new_page()
    try:
        page.goto("/account/settings/")
        page.get_by_label("Language").select_option("de")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
        bench = Bench(page, api, project["id"])
        page.goto(f"/projects/{project['id']}/label/")
        expect(page.locator("html")).to_have_attribute("lang", "de")
        submit = page.get_by_role("button", name="Abgeben und weiter")
        expect(submit).to_be_enabled()
        bench.press("p")
        for corner in BOX:
            bench.click(*corner)
        bench.press("Enter")
        expect(page.get_by_role("listbox", name="Bereiche").get_by_role("option")).to_have_count(1)
        bench.press("Shift+Digit1")
        submit.click()
        page.get_by_role("button", name="Der Rest ist scharf").click()
        expect(page.get_by_role("heading", name="Alle Fotos sind beschriftet")).to_be_visible()
    finally:
        api.patch("/preferences/", json={"language": ""})
