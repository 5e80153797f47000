"""The layers of dive's ``.data/test-docker-image.tar``, as its ``export_test.snap`` lists them.

Of the hundreds of hard links to busybox, which have no bytes, a few stand for all.
"""

from __future__ import annotations

from tests.core.images.analysis.layer_indexes import file, folder, layers, link, whiteout

README = 6405
ROOT, EXAMPLE, DATA = folder("root"), folder("root/example"), folder("root/.data")
BUSYBOX = [
    *(folder("bin"), file("bin/[", 1075464), link("bin/[[", "bin/["), link("bin/acpid", "bin/[")),
    *(file("bin/getconf", 77880), link("bin/zcip", "bin/["), folder("dev"), folder("etc"), file("etc/group", 307)),
    *(file("etc/localtime", 127), folder("etc/network"), folder("etc/network/if-down.d")),
    *(folder("etc/network/if-up.d"), file("etc/passwd", 340), file("etc/shadow", 243), folder("home"), ROOT),
    *(folder("tmp"), folder("usr"), folder("usr/sbin"), folder("var"), folder("var/spool")),
    *(folder("var/spool/mail"), folder("var/www")),
]
TEST_IMAGE = layers(
    BUSYBOX,
    [file("somefile.txt", README)],
    [ROOT, EXAMPLE, folder("root/example/really"), folder("root/example/really/nested")],
    [ROOT, EXAMPLE, file("root/example/somefile1.txt", README)],
    [ROOT, EXAMPLE, file("root/example/somefile1.txt", README)],
    [ROOT, EXAMPLE, file("root/example/somefile2.txt", README)],
    [ROOT, EXAMPLE, file("root/example/somefile3.txt", README)],
    [ROOT, EXAMPLE, whiteout("root/example/somefile3.txt"), file("root/saved.txt", README)],
    [ROOT, file("root/.saved.txt", README)],
    [ROOT, whiteout("root/example")],
    [ROOT, DATA, file("root/.data/tag.sh", 917), file("root/.data/test.sh", 1270)],
    [folder("tmp"), file("tmp/saved.again1.txt", README)],
    [ROOT, DATA, file("root/.data/saved.again2.txt", README)],
    [ROOT, file("root/saved.txt", README)],
)
