"""Run in Superset's Python: open pages in a real browser and say, as JSON, what they asked for, complained of and showed.

`open_pages.py CHROMIUM ADDRESS USER PASSWORD FOLDER PATH...`; the login page comes first; a screenshot of each goes to FOLDER.
"""

import json
import sys

from playwright.sync_api import sync_playwright

FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
chromium, address, user, password, folder, *paths = sys.argv[1:]
asked: list[str] = []
complaints: list[str] = []
shown: dict[str, str] = {}

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
    page = browser.new_context(locale="es-CO", viewport={"width": 1366, "height": 768}).new_page()
    page.set_default_timeout(120_000)
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/login/", wait_until="networkidle")
    page.wait_for_selector("#username")
    shown["/login/"] = f"{page.title()}\n{page.inner_text('body')}"
    page.screenshot(path=f"{folder}/0.png")
    page.fill("#username", user)
    page.fill("#password", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    for number, path in enumerate(paths, start=1):
        page.goto(f"{address}{path}", wait_until="networkidle")
        # The menu alone is drawn before the page's own script has come.
        while len(page.inner_text("body")) < 120:
            page.wait_for_timeout(200)
        page.wait_for_load_state("networkidle")
        shown[path] = f"{page.title()}\n{page.url}\n{page.inner_text('body')}"
        page.screenshot(path=f"{folder}/{number}.png")
    browser.close()
print(json.dumps({"asked": asked, "complaints": complaints, "shown": shown}))
