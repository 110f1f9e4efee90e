"""Every domain-separation label of Amana, in one file, so that no two can collide.

A label is the prefix or key-derivation context of exactly one use of a keyed or plain digest.
Changing one changes a format: see spec/.
"""

from __future__ import annotations

from typing import Final

# Keyed index of the vault (HMAC-SHA-256): "this path, size and time", "these bytes".
INDEX_SEEN: Final = b"amana/v1/index/seen\x00"
INDEX_HELD: Final = b"amana/v1/index/held\x00"
# "A copy and a record of these bytes are committed; the original is still to come."
INDEX_COPIED: Final = b"amana/v1/index/copied\x00"

# RFC 6962 section 2.1: leaf and node hashes.
MERKLE_LEAF: Final = b"\x00"
MERKLE_NODE: Final = b"\x01"

# Signatures (Ed25519) over anything that is not a C2SP signed note.
SIGN_LETTER: Final = b"amana/v1/sign/letter\x00"
SIGN_RECEIPT: Final = b"amana/v1/sign/receipt\x00"
SIGN_ACKNOWLEDGEMENT: Final = b"amana/v1/sign/acknowledgement\x00"
# The key that signs them is derived from the secret of the archive's mailbox.
ANSWERS_SEED: Final = b"amana/v1/answers/seed\x00"
SIGN_KEY_EVENT: Final = b"amana/v1/sign/key-event\x00"

# Rotation of the archive's keys: what is derived from the successor's secret, and what commits to
# it beforehand.
SUCCESSOR_SEED: Final = b"amana/v1/successor/seed\x00"
SUCCESSOR_DIGEST: Final = b"amana/v1/successor/digest\x00"

# Cards and meetings.
CARD_KEY: Final = b"amana/v1/card/key\x00"
MEETING_GIVER: Final = b"amana/v1/meeting/giver"
MEETING_TAKER: Final = b"amana/v1/meeting/taker"
MEETING_CONFIRM_GIVER: Final = b"amana/v1/meeting/confirm/giver\x00"
MEETING_CONFIRM_TAKER: Final = b"amana/v1/meeting/confirm/taker\x00"
MEETING_CHANNEL: Final = b"amana/v1/meeting/channel\x00"
MEETING_RESUME: Final = b"amana/v1/meeting/resume\x00"
RECEIPT_LINK: Final = b"amana/v1/receipt/link\x00"
RECEIPT_NAME: Final = b"amana/v1/receipt/name\x00"
SPOKEN_CODE: Final = b"amana/v1/meeting/spoken-code\x00"

# The archive's store: an object's name is keyed, so that a stolen store cannot be searched.
STORE_KEY: Final = b"amana/v1/store/key\x00"
STORE_NAME: Final = b"amana/v1/store/name\x00"

# Disks: a set's id is made from its public key.
DISK_SET_ID: Final = b"amana/v1/disks/set-id\x00"

# The web archive: the key of its database, and the keyed names of throttled sign-ins.
WEB_DATABASE: Final = b"amana/v1/web/database\x00"
WEB_ATTEMPT: Final = b"amana/v1/web/attempt\x00"
# A family's private page: what its number and phrase are hashed with.
FAMILY_SLIP: Final = b"amana/v1/family/slip\x00"
