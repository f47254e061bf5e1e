"""Files a wish over the API, follows it, withdraws it. Python's own library is enough.

    python examples/api/file_and_follow.py http://127.0.0.1:8000 COMMUNITY [TOKEN]

COMMUNITY is a code from GET /places. Without a TOKEN (My account → API tokens) the wish is filed as the one who asks.
"""

import json
import sys
import time
import urllib.error
import urllib.request
import uuid


class Refused(Exception):
    """The server said no; its problem document is in `said`."""

    def __init__(self, said):
        super().__init__(f"{said['status']} {said['code']}: {said['detail']}")
        self.said = said


class Lianxin:
    """A caller of the API. `token`: as a person with a post; `code`: as the one who asked; neither: as anybody."""

    def __init__(self, base, token="", code=""):
        self.base = base.rstrip("/") + "/api/v1"
        self.headers = {"Accept-Language": "en", "Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        if code:
            self.headers["X-Tracking-Code"] = code

    def call(self, method, path, said=None, **headers):
        """(answer, its ETag). Waits when it is too early; sends again what may have been lost, under the same key."""
        body = None if said is None else json.dumps(said).encode()
        for _attempt in range(5):
            asked = urllib.request.Request(self.base + path, body, self.headers | headers, method=method)
            try:
                with urllib.request.urlopen(asked, timeout=10) as answer:
                    return json.load(answer), answer.headers.get("ETag", "")
            except urllib.error.HTTPError as error:
                if error.code == 304:
                    return None, headers["If-None-Match"]
                if error.code != 429:
                    raise Refused(json.load(error)) from None
                time.sleep(int(error.headers["Retry-After"]))
            except OSError:
                time.sleep(1)  # the line, not the server: the Idempotency-Key makes once of twice
        raise SystemExit("The server does not answer.")

    def pages(self, path):
        """Every row of a list, page after page."""
        after = ""
        while True:
            page, _tag = self.call("GET", f"{path}?limit=100&after={after}")
            yield from page["items"]
            after = page["next"]
            if not after:
                return


def main(base, community, token=""):
    """Tell what happens, line by line."""
    caller = Lianxin(base, token)
    wish = {"kind": "wish", "category": "", "community": community, "text": "A few books for a reading corner"}
    categories, _tag = caller.call("GET", "/categories")
    wish["category"] = next(row["code"] for row in categories if row["kind"] == "wish")
    key = str(uuid.uuid4())
    filed, _tag = caller.call("POST", "/needs", wish, **{"Idempotency-Key": key})
    again, _tag = caller.call("POST", "/needs", wish, **{"Idempotency-Key": key})
    print("Filed", filed["number"], "and sent twice:", "one need" if again == filed else "two needs!")

    asker = Lianxin(base, code=filed["code"])
    path = f"/needs/{filed['number']}"
    need, tag = asker.call("GET", path)
    print("It is", need["status"], "and I may", ", ".join(need["actions"]))
    unchanged, _tag = asker.call("GET", path, **{"If-None-Match": tag})
    print("Asked again:", "nothing new" if unchanged is None else "changed")

    asker.call("POST", f"{path}/add_word", {"text": "Picture books, too"}, **{"If-Match": tag})
    try:
        asker.call("POST", f"{path}/withdraw", **{"If-Match": tag})
    except Refused as refused:
        print("Refused:", refused.said["code"], "- now version", refused.said["theirs"]["version"])
    _need, tag = asker.call("GET", path)
    done, _tag = asker.call("POST", f"{path}/withdraw", **{"If-Match": tag})
    print("It is", done["status"])
    if token:
        print("Needs I see:", sum(1 for _row in caller.pages("/needs")))


if __name__ == "__main__":
    main(*sys.argv[1:])
