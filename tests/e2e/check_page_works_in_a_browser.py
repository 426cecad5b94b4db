"""The page of check --format html in a real browser: it sorts, filters, fits a phone, bears 1,000 rows, and asks the network for nothing."""

import base64

from browser import Browser
from harness import *

home = Home()
lines = [f"server,redis-{i:04d},redis-{i:04d}.example.com" for i in range(1000)]
home.run("issue", "--batch", write("batch.csv", "\n".join(lines) + "\n"), "--lifetime", "90d")
for i in range(0, 60):
    home.run("issue", "server", f"redis-{i:04d}", "--lifetime", f"{i + 1}d")
directory = path("others")
os.mkdir(directory)
shutil.copy(expired_certificate()[0], directory + "/<b onmouseover=alert(1)>.crt")
write("others/broken.crt", "nothing\n")
page = path("report.html")
result = home.run("check", home.path, directory, "--format", "html", "--output", page, check=False)
expect_equal(result.returncode, 2)

ENDS = "[...document.querySelectorAll('tbody tr')].map((row) => Number(row.cells[1].dataset.key))"
STATES = "[...document.querySelectorAll('tbody tr')].filter((row) => !row.hidden).map((row) => row.className)"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"

browser = Browser(1280, 900)
browser.open("file://" + page)
expect_equal(browser.requests(), ["file://" + page.replace(" ", "%20")], "what the page asked for")
ends = browser.run(ENDS)
expect(len(ends) >= 1000, len(ends))
expect_equal(ends, sorted(ends), "at first it is sorted by the end")
expect(browser.run("document.querySelectorAll('.timeline a').length") > 50, "the timeline")
expect_equal(browser.run("document.querySelectorAll('b[onmouseover]').length"), 0, "a file's name became markup")

browser.run("document.querySelectorAll('th button')[1].click()")
expect_equal(browser.run(ENDS), sorted(ends, reverse=True), "sorted the other way")
browser.run("document.querySelectorAll('th button')[2].click()")
names = browser.run("[...document.querySelectorAll('tbody tr')].map((row) => row.cells[2].textContent.toLowerCase())")
expect_equal(names, sorted(names))
expect_equal(browser.run("document.querySelectorAll('th')[2].getAttribute('aria-sort')"), "ascending")

browser.run("document.querySelector('button.unknown').click()")
expect_equal(browser.run(STATES), ["unknown"])
browser.run("document.querySelector('button.unknown').click(); const box = document.querySelector('input');"
            "box.value = 'redis-0777'; box.dispatchEvent(new Event('input'))")
expect_equal(browser.run(STATES), ["ok", "ok"], "its leaf and its CA")
sends = "new Promise((done) => { document.addEventListener('securitypolicyviolation', () => done('refused by its policy'));" \
        "fetch('https://example.com').then(() => done('sent'), () => setTimeout(() => done('not sent'), 5000)) })"
expect_equal(browser.run(sends), "refused by its policy", "a request to the network")
expect(browser.run(FITS), "wider than the screen")
browser.close()

phone = Browser(390, 844)
phone.open("file://" + page)
expect(phone.run(FITS), "wider than the phone")
expect(phone.run("[...document.querySelectorAll('th button')].every((b) => b.getBoundingClientRect().height > 0)"), "no buttons to sort with")
phone.run("document.querySelectorAll('th button')[0].click()")
states = phone.run(STATES)
expect_equal(states[0], "ok", "sorted by state on the phone")
if "SCREENSHOTS" in os.environ:  # for the docs: man/check-report.png
    for name, device in (("phone", phone),):
        device.run("document.querySelectorAll('th button')[1].click()")
        with open(f"{os.environ['SCREENSHOTS']}/{name}.png", "wb") as file:
            file.write(base64.b64decode(device.call("Page.captureScreenshot")["data"]))
phone.close()
