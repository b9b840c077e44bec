"""Files that no omics plugin may claim: what lies about in a laboratory's folders beside results."""

from collections.abc import Mapping

_PROSE = """The samples were thawed on ice, vortexed, and spun for ten minutes at 4 °C, as described before.

We then took 20 µL of each, added the internal standards, and left them overnight; two tubes, 14 and 27, broke.
Results are given as mean, median, and range, with n = 5, 6, and 7 per group, unless we say otherwise.

In sum, the effect was small, reproducible, and, to us, surprising.
"""
_SOURCE = '''import math


def area(radius, steps=100, scale=1.0):
    """Area, by sum, of a disc."""
    total, width = 0.0, 2 * radius / steps
    for n in range(0, steps, 1):
        total += 2 * math.sqrt(max(0, radius**2 - (n * width - radius) ** 2)) * width
    return total, scale
'''
_HTML = """<!DOCTYPE html>
<html><head><title>Results, page 1</title></head>
<body><table><tr><th>Name</th><th>A</th><th>B</th></tr>
<tr><td>first</td><td>1.5</td><td>2.5</td></tr></table></body></html>
"""
_JSON = '{"name": "run 7", "values": [1.5, 2.25, 3.0], "samples": {"a": 1, "b": 2},\n "done": true, "notes": null}\n'
_FOODS = """Food,Energy (kcal),Protein (g),Fat (g),Sugar (g)
Apple,52,0.3,0.2,10.4
Oat flakes,372,13.5,7,0.7
Cheddar,403,24.9,33.1,0.5
Lentils,116,9,0.4,1.8
Peanut,567,25.8,49.2,4.7
"""
_FINANCE = """Date;Account;Amount;Balance
2023-01-02;Rent;-950,00;1204,50
2023-01-03;Groceries;-62,15;1142,35
2023-01-05;Salary;2810,00;3952,35
2023-01-09;Electricity;-71,80;3880,55
"""
_WEATHER = """station\t2023-01\t2023-02\t2023-03\t2023-04
Oslo\t-3.1\t-2.2\t1.4\t6.0
Graz\t0.2\t2.1\t6.8\t11.3
Porto\t9.8\t10.6\t12.5\t13.9
Perth\t24.5\t24.8\t23.1\t19.7
"""
_SAMPLES = """sample,group,sex,age,batch,file
S01,control,F,34,1,run_001.raw
S02,control,M,41,1,run_002.raw
S03,treated,F,29,2,run_003.raw
S04,treated,M,52,2,run_004.raw
QC1,pool,,,2,run_005.raw
"""
_WORDS = """word,first,second,third
window,12.5,13.25,11
bottle,7.5,8.75,9.5
garden,101,98.5,97
yellow,0.25,0.5,0.75
running,33,35.5,31
"""
_ACROSS = """person,window,bottle,garden,yellow
Anna,12.5,7.5,101,0.25
Bert,13.25,8.75,98.5,0.5
Carla,11,9.5,97,0.75
Dora,10.5,9.25,99,1
"""
_TIMES = """stop,line 1,line 2,line 3
Station 9:05,1,2,3
Market 10:25,4,5,6
Luke 12:15,7,8,9
Museum 16:40,10,11,12
"""
_LOG = """2023-04-01 12:00:01,123 INFO start, 4 workers
2023-04-01 12:00:02,456 WARNING disk 91 % full, cleaning
2023-04-01 12:00:09,789 INFO 12 files, 3.5 GB, 7.1 s
"""
_BINARY = bytes(n * 151 % 256 for n in range(4096))

DOCUMENTS: Mapping[str, tuple[str, bytes]] = {
    "empty": ("empty.csv", b""),
    "blank lines": ("blank.csv", b"\n\n \n"),
    "binary": ("image.bin", b"\x89PNG\r\n\x1a\n" + _BINARY),
    "prose": ("methods.txt", _PROSE.encode()),
    "source code": ("disc.py", _SOURCE.encode()),
    "JSON": ("run.json", _JSON.encode()),
    "HTML": ("page.html", _HTML.encode()),
    "log": ("run.log", _LOG.encode()),
    "lone header": ("header.csv", b"Name,S1,S2,S3\n"),
}
"""Name → (file name, bytes) of what is no table of results: nobody may claim it, not even as possible."""

TABLES: Mapping[str, tuple[str, bytes]] = {
    "foods": ("foods.csv", _FOODS.encode()),
    "finance": ("bank.csv", _FINANCE.encode()),
    "weather": ("weather.tsv", _WEATHER.encode()),
    "sample sheet": ("samples.csv", _SAMPLES.encode()),
    "words in rows": ("words.csv", _WORDS.encode()),
    "words in columns": ("words_across.csv", _ACROSS.encode()),
    "clock times": ("times.csv", _TIMES.encode()),
}
"""Tables of other things: nobody may claim them as likely or certain (possible claims wait for the user's word)."""

HARD: Mapping[str, tuple[str, bytes]] = {
    "one long word": ("word.txt", b"a" * 70_000),
    "one long line": ("line.csv", b"ab " * 23_000),
    "one long number": ("number.csv", b"1" * 70_000),
    "many columns": ("wide.csv", ",".join(f"c{n}" for n in range(12_000)).encode() + b"\n" + b"1," * 12_000 + b"\n"),
    "many lines": ("long.csv", b"a,1\n" * 17_000),
    "open brackets": ("brackets.csv", b"(" * 70_000),
    "blanks": ("blanks.csv", b" " * 70_000),
    "tabs": ("tabs.tsv", b"\t" * 70_000),
    "quotes": ("quotes.csv", b'"' * 70_001),
    "one quote": ("quote.csv", b'a,b\n"c,1\n' + b"d,2\n" * 9_000),
    "odd characters": ("odd.csv", "name,α\u200b,👩‍🔬\n\u202ex,１,²\n".encode() * 900),
    "line ends": ("ends.txt", b"\r\n\r\r\n" * 9_000),
}
"""Heads on which a careless pattern never ends, or falls: a sniffer answers them, whatever it says, and soon."""
