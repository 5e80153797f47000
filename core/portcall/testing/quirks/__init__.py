"""Ways in which registries really differ, one class each; every class says which registry does it.

::

    registry = FakeRegistry(quirks=[quirks.NoDigestHeader(), quirks.Answer(503, times=2, retry_after=1)])
    registry.add(quirks.Stall(path="/blobs/", skip=1))

Quirks show in the order given; each one works on what those before it made of the answer.
"""

from portcall.testing.quirk import Context, Quirk
from portcall.testing.quirks.bodies import (
    CutBody,
    FlippedBit,
    Garbage,
    GzipBomb,
    GzipEncoding,
    HtmlPage,
    HugeBody,
    RangeIgnored,
    RangeMisplaced,
    RangeRefused,
)
from portcall.testing.quirks.catalogs import EmptyCatalog, LargePagesRefused, NoCatalog
from portcall.testing.quirks.links import (
    AbsoluteLink,
    BareLink,
    LinkElsewhere,
    LoopingLink,
    ManyLinkParameters,
    NoLink,
    OpaqueLink,
    UnquotedRel,
)
from portcall.testing.quirks.lists import (
    DigestsAmongTags,
    EndlessTags,
    LastTagStartsOver,
    NoTagsIsUnknown,
    NullsAmongTags,
    NullTags,
    PagingIgnored,
    ShortPages,
)
from portcall.testing.quirks.manifests import (
    BareHead,
    ChildInsteadOfIndex,
    ContentTypeParameters,
    HeadRefused,
    NoDigestHeader,
    OtherContentType,
    StrictAccept,
    WrongDigestHeader,
)
from portcall.testing.quirks.redirects import BlobRedirect, ManifestRedirect, Redirect
from portcall.testing.quirks.referrers import (
    ReferrersFalseSuccess,
    ReferrersPoor,
    ReferrersRefused,
    ReferrersUnfiltered,
    ReferrersUnknownSubject,
)
from portcall.testing.quirks.statuses import (
    Answer,
    MissingIsUnauthorized,
    OddNotFound,
    OtherErrorCode,
    RateLimit,
)
from portcall.testing.quirks.timing import Dribble, HangUp, Latency, Stall
from portcall.testing.quirks.tokens import (
    AccessTokenOnly,
    BadCredentialsForbidden,
    EmptyToken,
    InsufficientScope,
    NoChallenge,
    PlaceholderScope,
    SeveralChallenges,
    SkewedIssuedAt,
    TokenExpiryZero,
    TokenOnly,
    TokenRefusedForMissing,
    TokenWithoutExpiry,
)

__all__ = [
    "AbsoluteLink",
    "AccessTokenOnly",
    "Answer",
    "BadCredentialsForbidden",
    "BareHead",
    "BareLink",
    "BlobRedirect",
    "ChildInsteadOfIndex",
    "ContentTypeParameters",
    "Context",
    "CutBody",
    "DigestsAmongTags",
    "Dribble",
    "EmptyCatalog",
    "EmptyToken",
    "EndlessTags",
    "FlippedBit",
    "Garbage",
    "GzipBomb",
    "GzipEncoding",
    "HangUp",
    "HeadRefused",
    "HtmlPage",
    "HugeBody",
    "InsufficientScope",
    "LargePagesRefused",
    "LastTagStartsOver",
    "Latency",
    "LinkElsewhere",
    "LoopingLink",
    "ManifestRedirect",
    "ManyLinkParameters",
    "MissingIsUnauthorized",
    "NoCatalog",
    "NoChallenge",
    "NoDigestHeader",
    "NoLink",
    "NoTagsIsUnknown",
    "NullTags",
    "NullsAmongTags",
    "OddNotFound",
    "OpaqueLink",
    "OtherContentType",
    "OtherErrorCode",
    "PagingIgnored",
    "PlaceholderScope",
    "Quirk",
    "RangeIgnored",
    "RangeMisplaced",
    "RangeRefused",
    "RateLimit",
    "Redirect",
    "ReferrersFalseSuccess",
    "ReferrersPoor",
    "ReferrersRefused",
    "ReferrersUnfiltered",
    "ReferrersUnknownSubject",
    "SeveralChallenges",
    "ShortPages",
    "SkewedIssuedAt",
    "Stall",
    "StrictAccept",
    "TokenExpiryZero",
    "TokenOnly",
    "TokenRefusedForMissing",
    "TokenWithoutExpiry",
    "UnquotedRel",
    "WrongDigestHeader",
]
