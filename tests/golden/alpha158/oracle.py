"""Alpha158 in plain Python, written from the rules and not from the program: it judges the program.

    python3 oracle.py FILE.csv     rows of a file of bars, in the form of `tickd signals features --json`
    python3 oracle.py --make       writes bars.json.gz, expected.json.gz and manifest.json beside this file
    python3 oracle.py --time N     microseconds a row over N generated bars

The rules: microsoft/qlib, contrib/data/loader.py, data/ops.py, data/_libs/rolling.pyx, in float64.
"""
import csv
import gzip
import hashlib
import json
import math
import os
import random
import sys
import time

NAN = float("nan")
EPS = 1e-12
WINDOWS = (5, 10, 20, 30, 60)
FIELDS = ("open", "high", "low", "close", "volume", "vwap")


def div(a, b):
    if math.isnan(a) or math.isnan(b):
        return NAN
    if b == 0:
        return NAN if a == 0 else math.copysign(math.inf, a) * math.copysign(1, b)
    return a / b if not (math.isinf(a) and math.isinf(b)) else NAN


def log1(x):
    if math.isnan(x) or x < -1:
        return NAN
    return math.inf if math.isinf(x) else -math.inf if x == -1 else math.log(x + 1)


def greater(a, b):
    return NAN if math.isnan(a) or math.isnan(b) else max(a, b)


def less(a, b):
    return NAN if math.isnan(a) or math.isnan(b) else min(a, b)


def present(xs):
    return [x for x in xs if math.isfinite(x)]


def mean(xs):
    xs = present(xs)
    return math.fsum(xs) / len(xs) if xs else NAN


def total(xs):
    xs = present(xs)
    return math.fsum(xs) if xs else NAN


def std(xs):
    xs = present(xs)
    if len(xs) < 2:
        return NAN
    m = math.fsum(xs) / len(xs)
    return math.sqrt(math.fsum((x - m) ** 2 for x in xs) / (len(xs) - 1))


def flat(xs):
    return std(xs) <= 2e-5


def quantile(xs, q):
    xs = sorted(present(xs))
    if not xs:
        return NAN
    at = (len(xs) - 1) * q
    i = int(at)
    return xs[i] if i + 1 == len(xs) else xs[i] + (xs[i + 1] - xs[i]) * (at - i)


def rank(xs):
    if not math.isfinite(xs[-1]):
        return NAN
    rest = present(xs)
    below = sum(x < xs[-1] for x in rest)
    same = sum(x == xs[-1] for x in rest)
    return (below + (same + 1) / 2) / len(rest)


def arg(xs, pick):
    rest = present(xs)
    if not rest:
        return NAN
    for i, x in enumerate(xs):
        if not math.isfinite(x):
            return i + 1
    return xs.index(pick(rest)) + 1


def regression(ys, n):
    """slope, r squared, residual of the newest; the newest stands at n."""
    pairs = [(n - len(ys) + 1 + i, y) for i, y in enumerate(ys) if math.isfinite(y)]
    k = len(pairs)
    if k < 2:
        return NAN, NAN, NAN
    mx = math.fsum(x for x, _ in pairs) / k
    my = math.fsum(y for _, y in pairs) / k
    sxx = math.fsum((x - mx) ** 2 for x, _ in pairs)
    sxy = math.fsum((x - mx) * (y - my) for x, y in pairs)
    syy = math.fsum((y - my) ** 2 for _, y in pairs)
    slope = sxy / sxx
    residual = ys[-1] - (my + slope * (n - mx)) if math.isfinite(ys[-1]) else NAN
    return slope, NAN if flat(ys) else sxy * sxy / (sxx * syy), residual


def corr(xs, ys):
    pairs = [(x, y) for x, y in zip(xs, ys) if math.isfinite(x) and math.isfinite(y)]
    if flat(xs) or flat(ys) or len(pairs) < 2:
        return NAN
    mx = math.fsum(x for x, _ in pairs) / len(pairs)
    my = math.fsum(y for _, y in pairs) / len(pairs)
    sxx = math.fsum((x - mx) ** 2 for x, _ in pairs)
    syy = math.fsum((y - my) ** 2 for _, y in pairs)
    return div(math.fsum((x - mx) * (y - my) for x, y in pairs), math.sqrt(sxx * syy))


def previous(xs):
    return [NAN] + xs[:-1]


def moves(xs):
    ds = [a - b for a, b in zip(xs, previous(xs))]
    return [greater(d, 0) for d in ds], [greater(-d, 0) for d in ds], [abs(d) for d in ds]


def names():
    out = "KMID KLEN KMID2 KUP KUP2 KLOW KLOW2 KSFT KSFT2 OPEN0 HIGH0 LOW0 VWAP0".split()
    for op in (
        "ROC MA STD BETA RSQR RESI MAX MIN QTLU QTLD RANK RSV IMAX IMIN IMXD CORR CORD CNTP CNTN CNTD SUMP SUMN SUMD "
        "VMA VSTD WVMA VSUMP VSUMN VSUMD"
    ).split():
        out += [f"{op}{n}" for n in WINDOWS]
    return out


def alpha158(bars):
    """bars: a dict of columns. Returns one list of 158 values a bar."""
    o, h, l, c, v, w = (bars[f] for f in FIELDS)
    c1 = previous(c)
    ratio = [div(a, b) for a, b in zip(c, c1)]
    lv = [log1(x) for x in v]
    lvr = [log1(div(a, b)) for a, b in zip(v, previous(v))]
    rose = [float(a > b) for a, b in zip(c, c1)]
    fell = [float(a < b) for a, b in zip(c, c1)]
    cm, vm = moves(c), moves(v)
    wm = [abs(r - 1) * x for r, x in zip(ratio, v)]
    rows = []
    for i in range(len(c)):
        rng = h[i] - l[i] + EPS
        up, low, shift = h[i] - greater(o[i], c[i]), less(o[i], c[i]) - l[i], 2 * c[i] - h[i] - l[i]
        row = [div(c[i] - o[i], o[i]), div(h[i] - l[i], o[i]), div(c[i] - o[i], rng), div(up, o[i]), div(up, rng)]
        row += [div(low, o[i]), div(low, rng), div(shift, o[i]), div(shift, rng)]
        row += [div(x[i], c[i]) for x in (o, h, l, w)]
        cols = {}
        for n in WINDOWS:
            def win(xs):
                return xs[max(0, i - n + 1) : i + 1]

            slope, r2, resi = regression(win(c), n)
            hi, lo = present(win(h)), present(win(l))
            hi, lo = (max(hi) if hi else NAN), (min(lo) if lo else NAN)
            imax, imin = arg(win(h), max), arg(win(l), min)
            up, down = mean(win(rose)), mean(win(fell))
            sums = []
            for pos, neg, size in (cm, vm):
                p, q, s = total(win(pos)), total(win(neg)), total(win(size)) + EPS
                sums.append((p / s, q / s, (p - q) / s))
            a = win(wm)
            cols[n] = [div(c[i - n] if i >= n else NAN, c[i]), div(mean(win(c)), c[i]), div(std(win(c)), c[i])]
            cols[n] += [div(slope, c[i]), r2, div(resi, c[i]), div(hi, c[i]), div(lo, c[i])]
            cols[n] += [div(quantile(win(c), 0.8), c[i]), div(quantile(win(c), 0.2), c[i]), rank(win(c))]
            cols[n] += [div(c[i] - lo, hi - lo + EPS), imax / n, imin / n, (imax - imin) / n]
            cols[n] += [corr(win(c), win(lv)), corr(win(ratio), win(lvr)), up, down, up - down, *sums[0]]
            cols[n] += [div(mean(win(v)), v[i] + EPS), div(std(win(v)), v[i] + EPS), div(std(a), mean(a) + EPS), *sums[1]]
        row += [cols[n][k] for k in range(len(cols[5])) for n in WINDOWS]
        rows.append(row)
    return rows


def shown(x):
    return None if math.isnan(x) else "inf" if x == math.inf else "-inf" if x == -math.inf else float("%.11g" % x)


def walk(seed, count, price, tick, volume, spread):
    """Bars of a random walk on a grid of prices."""
    rng = random.Random(seed)
    bars = {f: [] for f in FIELDS}
    for _ in range(count):
        def near(scale):
            return round(round(max(tick, price * (1 + rng.gauss(0, scale))) / tick) * tick, 6)

        op, cl = near(spread / 2), near(spread)
        hi, lo = max(op, cl, near(spread)), min(op, cl, near(spread))
        price = cl
        values = (op, hi, lo, cl, float(int(volume * math.exp(rng.gauss(0, 0.5)))), round((op + hi + lo + cl) / 4, 6))
        for f, x in zip(FIELDS, values):
            bars[f].append(x)
    return bars


def series():
    rng = random.Random(158)
    missing = walk(1, 84, 100.0, 0.01, 1e6, 0.02)
    for i in range(84):
        if i in (2, 30, 31) or rng.random() < 0.03:
            for f in FIELDS:
                missing[f][i] = NAN
    missing["vwap"][40] = missing["volume"][50] = missing["high"][60] = missing["open"][66] = NAN
    flat_and_thin = walk(2, 74, 3.2, 0.05, 900, 0.02)
    for i in range(20, 38):
        for f in ("open", "high", "low", "close", "vwap"):
            flat_and_thin[f][i] = 3.3
    for i in (6, 7, 40, 44, 45, 60, 73):
        flat_and_thin["volume"][i] = 0.0
    edges = walk(3, 72, 0.002, 0.00001, 5e7, 0.02)
    for f in FIELDS:
        edges[f][0] = NAN
        for i in range(12, 19):
            edges[f][i] = NAN
    edges["open"][24] = edges["close"][28] = edges["volume"][28] = 0.0
    edges["open"][33], edges["close"][33], edges["low"][33] = 0.0, -0.001, -0.002
    edges["open"][36], edges["close"][36] = 0.0, 0.0
    for i in range(45, 60):
        edges["close"][i] = round(edges["close"][i] * 1000, 6)
    return {"missing": missing, "flat-and-thin": flat_and_thin, "edges": edges}


def make(folder):
    made = series()
    bars = {k: {f: [shown(x) for x in s[f]] for f in FIELDS} for k, s in made.items()}
    rows = {k: [[shown(x) for x in row] for row in alpha158(s)] for k, s in made.items()}
    bars_text = (json.dumps({"series": bars}, separators=(",", ":")) + "\n").encode()
    rows_text = (json.dumps({"names": names(), "series": rows}, separators=(",", ":")) + "\n").encode()
    sums = {"bars.json": hashlib.sha256(bars_text).hexdigest(), "expected.json": hashlib.sha256(rows_text).hexdigest()}
    for name, text in (("bars.json", bars_text), ("expected.json", rows_text)):
        with open(os.path.join(folder, name + ".gz"), "wb") as out:
            out.write(gzip.compress(text, 9, mtime=0))
    with open(os.path.join(folder, "manifest.json"), "w") as out:
        out.write(json.dumps({"sha256": sums}, indent=2) + "\n")


def main(argv):
    if argv == ["--make"]:
        make(os.path.dirname(os.path.abspath(__file__)))
    elif argv[:1] == ["--time"]:
        bars = walk(4, int(argv[1]), 100.0, 0.01, 1e6, 0.02)
        began = time.perf_counter()
        rows = alpha158(bars)
        print(json.dumps({"us_row": (time.perf_counter() - began) / len(rows) * 1e6}))
    else:
        with open(argv[0], newline="") as file:
            table = list(csv.DictReader(file))
        bars = {f: [float(r[f]) if r[f] else NAN for r in table] for f in FIELDS}
        rows = [{"date": r["date"], "values": [shown(x) for x in row]} for r, row in zip(table, alpha158(bars))]
        print(json.dumps({"names": names(), "rows": rows}))


if __name__ == "__main__":
    main(sys.argv[1:])
