"""Countries: whose a phone number is, and made-up prices of messaging in a dozen of them.

Calling codes are those of ITU-T E.164, with who shares `+1` and `+7`; countries are ISO 3166 codes of two letters. A
number of no country in the table has none. Carriers and their MCC and MNC are real, the prices are not Twilio's.
"""

from __future__ import annotations

import msgspec

_CODES = """
    AD376 AE971 AF93 AL355 AM374 AO244 AR54 AT43 AU61 AW297 AZ994 BA387 BD880 BE32 BF226 BG359 BH973 BI257 BJ229 BN673
    BO591 BR55 BT975 BW267 BY375 BZ501 CD243 CF236 CG242 CH41 CI225 CK682 CL56 CM237 CN86 CO57 CR506 CU53 CV238 CW599
    CY357 CZ420 DE49 DJ253 DK45 DZ213 EC593 EE372 EG20 ER291 ES34 ET251 FI358 FJ679 FK500 FM691 FO298 FR33 GA241 GB44
    GE995 GF594 GH233 GI350 GL299 GM220 GN224 GP590 GQ240 GR30 GT502 GW245 GY592 HK852 HN504 HR385 HT509 HU36 ID62
    IE353 IL972 IN91 IQ964 IR98 IS354 IT39 JO962 JP81 KE254 KG996 KH855 KI686 KM269 KP850 KR82 KW965 LA856 LB961 LI423
    LK94 LR231 LS266 LT370 LU352 LV371 LY218 MA212 MC377 MD373 ME382 MG261 MH692 MK389 ML223 MM95 MN976 MO853 MQ596
    MR222 MT356 MU230 MV960 MW265 MX52 MY60 MZ258 NA264 NC687 NE227 NG234 NI505 NL31 NO47 NP977 NR674 NU683 NZ64 OM968
    PA507 PE51 PF689 PG675 PH63 PK92 PL48 PM508 PS970 PT351 PW680 PY595 QA974 RE262 RO40 RS381 RU7 RW250 SA966 SB677
    SC248 SD249 SE46 SG65 SI386 SK421 SL232 SM378 SN221 SO252 SR597 SS211 ST239 SV503 SY963 SZ268 TD235 TG228 TH66
    TJ992 TL670 TM993 TN216 TO676 TR90 TV688 TW886 TZ255 UA380 UG256 US1 UY598 UZ998 VE58 VN84 VU678 WS685 XK383 YE967
    ZA27 ZM260 ZW263
"""
_CANADA = """
    204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468 474 506 514 519 548
    579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 905
"""
_ISLANDS = """
    AG268 AI264 AS684 BB246 BM441 BS242 DM767 DO809 DO829 DO849 GD473 GU671 JM658 JM876 KN869 KY345 LC758 MP670 MS664
    PR787 PR939 SX721 TC649 TT868 VC784 VG284 VI340
"""
_PRICES = """
    AU; Australia; mobile 0.0075; Telstra 505 01 0.0515, Optus 505 02 0.0515, Vodafone 505 03 0.0520
    BR; Brazil; mobile 0.0070; TIM 724 02 0.0480, Claro 724 05 0.0495, Vivo 724 10 0.0490
    CA; Canada; local 0.0083, toll free 0.0083, shortcode 0.0100; Telus 302 220 0.0083, Bell 302 610 0.0083, Rogers 302 720 0.0085
    CH; Switzerland; mobile 0.0075; Swisscom 228 01 0.0725, Sunrise 228 02 0.0730, Salt 228 03 0.0735
    DE; Germany; mobile 0.0075; Telekom 262 01 0.0985, Vodafone 262 02 0.0990, O2 262 03 0.0980
    ES; Spain; mobile 0.0075; Vodafone 214 01 0.0720, Orange 214 03 0.0725, Movistar 214 07 0.0730
    FR; France; mobile 0.0075; Orange 208 01 0.0790, SFR 208 10 0.0795, Bouygues 208 20 0.0800
    GB; United Kingdom; mobile 0.0075, local 0.0075; O2 234 10 0.0510, Vodafone 234 15 0.0515, EE 234 30 0.0520
    IN; India; mobile 0.0060; Airtel 404 10 0.0820, Vodafone Idea 404 20 0.0825, Jio 405 840 0.0830
    JP; Japan; mobile 0.0080; NTT Docomo 440 10 0.0860, SoftBank 440 20 0.0865, KDDI 440 50 0.0870
    MX; Mexico; mobile 0.0070; Telcel 334 020 0.0455, Movistar 334 030 0.0460, AT&T 334 050 0.0465
    SE; Sweden; mobile 0.0075; Telia 240 01 0.0590, Tre 240 02 0.0595, Tele2 240 07 0.0600
    US; United States; local 0.0079, toll free 0.0079, shortcode 0.0090; Verizon 311 480 0.0079, T-Mobile 310 260 0.0079, AT&T 310 410 0.0081
"""
"""Country; what a received segment costs by type of number; networks: name, MCC, MNC, price of a segment."""

_BY_CODE = {word[2:]: word[:2] for word in _CODES.split()}
_BY_AREA = {word[2:]: word[:2] for word in _ISLANDS.split()} | dict.fromkeys(_CANADA.split(), "CA")


class Carrier(msgspec.Struct, frozen=True):
    """A mobile network and what a segment to it costs."""

    name: str
    mcc: str
    mnc: str
    price: str


class Country(msgspec.Struct, frozen=True):
    """A country's networks, and what a received segment costs by type of number."""

    iso: str
    name: str
    carriers: tuple[Carrier, ...]
    inbound: tuple[tuple[str, str], ...]
    number_types: tuple[str, ...]


def _country(line: str) -> Country:
    iso, name, inbound, carriers = (part.strip() for part in line.split(";"))
    prices = (price.rpartition(" ") for price in inbound.split(", "))
    return Country(
        iso,
        name,
        tuple(Carrier(*carrier.rsplit(" ", 3)) for carrier in carriers.split(", ")),
        tuple((kind, price) for kind, _, price in prices),
        ("local", "toll free", "shortcode") if iso in ("CA", "US") else ("mobile",),
    )


COUNTRIES = tuple(_country(line) for line in _PRICES.strip().splitlines())
BY_ISO = {country.iso: country for country in COUNTRIES}


def country_of(number: str) -> str:
    """The country of a phone number in E.164 (`+14155550100`: `US`), or an empty text."""
    if number.startswith("+1"):
        return _BY_AREA.get(number[2:5], "US")
    if number.startswith(("+76", "+77")):
        return "KZ"
    # No calling code begins with another one, so the first that fits is it.
    codes = (number[1:end] for end in range(2, 5))
    return next((_BY_CODE[code] for code in codes if code in _BY_CODE), "")


def area_code(number: str) -> str:
    """The three digits after `+1`, or an empty text for numbers of other countries."""
    return number[2:5] if number.startswith("+1") else ""
