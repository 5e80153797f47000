"""The tables of the state file, and everything that is asked of them."""

from __future__ import annotations

#: What a file of ours is marked with: "pcal".
APPLICATION = 0x7063616C
#: Of the tables; another number is another format.
VERSION = 1

TABLES = (
    """CREATE TABLE record (kind TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, ends REAL NOT NULL,
       PRIMARY KEY (kind, key))""",
    """CREATE TABLE counter (kind TEXT NOT NULL, key BLOB NOT NULL, number INTEGER NOT NULL, ends REAL NOT NULL,
       PRIMARY KEY (kind, key))""",
    """CREATE TABLE member (kind TEXT NOT NULL, key BLOB NOT NULL, member BLOB NOT NULL, ends REAL NOT NULL,
       PRIMARY KEY (kind, key, member))""",
    "CREATE INDEX record_ends ON record (ends)",
    "CREATE INDEX counter_ends ON counter (ends)",
    "CREATE INDEX member_ends ON member (ends)",
)

#: ``now``, and the most rows that go.
SWEEPS = tuple(
    f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE ends <= ? LIMIT ?)"  # noqa: S608 - ours
    for table in ("record", "counter", "member")
)

PUT = """
    INSERT INTO record (kind, key, value, ends) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET value = excluded.value, ends = excluded.ends"""

#: Returns a row where nothing was there, or only what had ended by ``?5``.
ADD = f"{PUT} WHERE record.ends <= ?5 RETURNING 1"

GET = "SELECT value FROM record WHERE kind = ?1 AND key = ?2 AND ends > ?3"

TAKE = "DELETE FROM record WHERE kind = ?1 AND key = ?2 RETURNING value, ends"

DROP = "DELETE FROM record WHERE kind = ?1 AND key = ?2"

#: ``?3`` is when a counter that begins now ends, ``?4`` is now.
COUNT = """
    INSERT INTO counter (kind, key, number, ends) VALUES (?1, ?2, 1, ?3)
    ON CONFLICT DO UPDATE SET
        number = CASE WHEN ends > ?4 THEN number + 1 ELSE 1 END,
        ends = CASE WHEN ends > ?4 THEN ends ELSE excluded.ends END
    RETURNING number"""

#: ``?4`` is when the member ends, ``?5`` is now, ``?6`` the most of a group.
ENTER = """
    INSERT INTO member (kind, key, member, ends) SELECT ?1, ?2, ?3, ?4
    WHERE EXISTS (SELECT 1 FROM member WHERE kind = ?1 AND key = ?2 AND member = ?3 AND ends > ?5)
       OR (SELECT count(*) FROM member WHERE kind = ?1 AND key = ?2 AND ends > ?5) < ?6
    ON CONFLICT DO UPDATE SET ends = excluded.ends
    RETURNING 1"""

LEAVE = "DELETE FROM member WHERE kind = ?1 AND key = ?2 AND member = ?3"
