import asyncio
import pytest
from tests.browser.app import App
pytestmark = pytest.mark.anyio

async def test_double(server, app, visit):
    for i in range(3):
        app = await App.registered(server, app.site)
        v = await visit()
        await v.open(app.link)
        await v.fill()
        posts=[]
        v.context.on("response", lambda r: posts.append((r.request.method, r.status, r.url[:60])))
        v.context.on("requestfailed", lambda r: posts.append((r.method, r.failure, r.url[:60])))
        await v.allow.dblclick(no_wait_after=True)
        await asyncio.sleep(2)
        print(v.page.url[:80], await v.title(), posts, app.site.asked)

async def test_chain(server, site, other_site, visit):
    site.moved["/callback"] = other_site.at("/done", "localhost")
    app = await App.registered(server, site)
    v = await visit(scripts=True)
    await v.open(app.link)
    await v.sign_in()
    await asyncio.sleep(2)
    print(v.page.url[:80], site.asked, other_site.asked, v.complaints)

async def test_scheme(server, site, visit):
    app = await App.registered(server, site, redirect_uri="com.example.app:/callback")
    v = await visit(scripts=True)
    await v.open(app.link)
    log=[]
    v.context.on("response", lambda r: log.append((r.request.method, r.status, r.headers.get("location"))))
    v.context.on("requestfailed", lambda r: log.append((r.method, r.failure, r.url[:60])))
    await v.sign_in()
    await asyncio.sleep(2)
    print(v.page.url[:80], log, v.complaints)

async def test_https(server, secure_site, visit):
    for host in ("127.0.0.1", "client.example"):
        app = await App.registered(server, secure_site, redirect_uri=secure_site.at("/callback", host))
        v = await visit(scripts=True)
        await v.open(app.link)
        await v.sign_in()
        await asyncio.sleep(2)
        print(v.page.url[:80], v.complaints, await v.page.evaluate("1+1"), await v.violations())
