"""Runs inside the system's Python: starts LibreOffice, does the jobs that come as JSON on standard input, answers as JSON, ends it."""

import json
import os
import subprocess
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.sheet.ValidationType import ANY

START_SECONDS = 90


def prop(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def start(profile):
    pipe = f"pipc{os.getpid()}"
    command = ["soffice", "--headless", "--norestore", "--nologo", "--nodefault", f"-env:UserInstallation={profile}"]
    program = subprocess.Popen([*command, f"--accept=pipe,name={pipe};urp;"], stdout=subprocess.DEVNULL, stderr=sys.stderr)
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return program, context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except NoConnectException:
            if time.monotonic() > until or program.poll() is not None:
                raise
            time.sleep(0.2)


def cell_seen(sheet, address):
    cell = sheet.getCellRangeByName(address)
    check = cell.Validation
    return {
        "text": cell.String,
        "formula": cell.Formula,
        "locked": cell.CellProtection.IsLocked,
        "check": None if check.Type == ANY else check.Type.value,
        "source": check.getFormula1(),
        "alert": check.ErrorAlertStyle.value,
        "error": check.ErrorMessage,
        "note": cell.Annotation.String,
    }


def invalid_cells(sheet):
    """How many cells LibreOffice circles as not valid by their own check."""
    before = sheet.DrawPage.Count
    sheet.showInvalid()
    found = sheet.DrawPage.Count - before
    sheet.clearArrows()
    return found


def sheet_seen(sheet):
    return {"name": sheet.Name, "visible": sheet.IsVisible, "protected": sheet.isProtected(), "invalid": invalid_cells(sheet)}


def do(desktop, job):
    document = desktop.loadComponentFromURL(job["source"], "_blank", 0, (prop("Hidden", True),))
    try:
        for sheet, address, text in job["cells"]:
            # As typed: LibreOffice decides whether it is a date, a number or a text.
            document.Sheets.getByName(sheet).getCellRangeByName(address).FormulaLocal = text
        seen = {
            "sheets": [sheet_seen(document.Sheets.getByIndex(number)) for number in range(document.Sheets.Count)],
            "cells": [cell_seen(document.Sheets.getByName(sheet), address) for sheet, address in job["look_at"]],
        }
        for url, filter_name in job["targets"]:
            document.storeToURL(url, (prop("FilterName", filter_name), prop("Overwrite", True)))
        return seen
    finally:
        document.close(True)


def main():
    jobs = json.load(sys.stdin)
    program, desktop = start(sys.argv[1])
    try:
        answers = [do(desktop, job) for job in jobs]
    finally:
        desktop.terminate()
        program.wait(60)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
