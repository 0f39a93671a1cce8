"""The second factor in a browser: an app, a passkey of a virtual authenticator, and axe on every page of it."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.test_accessibility import RULES
from tests.factories import make_user
from tests.newsroom.test_accounts import PASSWORD, code_of

pytestmark = pytest.mark.django_db(transaction=True)


def violations(page):
    results = Axe().run(page, options={"runOnly": RULES})
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in results.response["violations"]]


def sign_in(page, site):
    page.goto(f"{site}/accounts/login/?next=/admin/")
    page.get_by_label("Username").fill("publisher")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_app_and_passkey_are_set_up_and_used(visit, dark):
    make_user("publisher", role="Publisher")
    visitor = visit(dark=dark, width=390)
    page, found = visitor.page, {}
    sign_in(page, visitor.site)
    page.wait_for_url("**/admin/")
    page.get_by_role("link", name="Second factor").click()
    found["index"] = violations(page)
    page.get_by_role("link", name="Set up an app").click()
    found["confirm"] = violations(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    found["app"] = violations(page)
    page.get_by_label("Authenticator code").fill(code_of(page.locator("code").inner_text()))
    page.get_by_role("button", name="Set up").click()
    page.wait_for_url("**/recovery-codes/")
    found["codes"] = violations(page)

    tools = visitor.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, "hasResidentKey": True}})
    page.goto(f"{visitor.site}/accounts/second-factor/webauthn/add/")
    found["add"] = violations(page)
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/accounts/second-factor/")
    page.goto(f"{visitor.site}/accounts/second-factor/webauthn/")
    found["passkeys"] = violations(page)

    visitor.context.clear_cookies()
    sign_in(page, visitor.site)
    page.wait_for_url("**/authenticate/")
    found["second step"] = violations(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/admin/")
    assert {name: rules for name, rules in found.items() if rules} == {}
