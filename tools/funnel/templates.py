"""The parts of the funnel's SQL: constant text, parsed once, filled as trees.

A table named here (`item`, `child`, `parent`, `reach`, `periods`, `pairs`, `children` ...) is a
hole; `sql.bind` puts a part's name there. `:name` holes take typed literals.

Columns: `k` stage number, `ent` item of the first stage, `g` group, `p` period (0 asked), `cut`
day before which a conversion counts, `lo`/`hi` first and last instant the entry may have (one
instant unless only its date is known), `day` local date, `prev`/`next` link keys.
"""

ITEM = """
SELECT i."row" AS "row", i.g AS g, i.lo AS lo, i.hi AS hi, i."day" AS "day",
       GREATEST(i.moved, i."day") AS moved, COALESCE(i.closed, :never) AS closed,
       i.amount AS amount, i.prev AS prev, i.next AS next, i.root AS root
FROM item AS i WHERE i.lo IS NOT NULL AND i.void IS NULL
"""
ENTER = """
SELECT i."row" AS ent, i.g AS g, w.p AS p, w.cut AS cut, i.lo AS start_lo, i.hi AS start_hi,
       i."row" AS "row", i.lo AS lo, i.hi AS hi, i."day" AS "day", i.moved AS moved,
       i.closed AS closed, i.amount AS amount, i.next AS next
FROM child AS i JOIN periods AS w ON i."day" >= w.start AND i."day" < w.upto
"""
REACH = """
SELECT DISTINCT b.ent AS ent, b.g AS g, b.p AS p, b.cut AS cut, b.start_lo AS start_lo,
       b.start_hi AS start_hi, c."row" AS "row", c.lo AS lo, c.hi AS hi, c."day" AS "day",
       c.moved AS moved, c.closed AS closed, c.amount AS amount, c.next AS next
FROM parent AS b JOIN child AS c ON c.prev = b.next AND c.hi >= b.lo
"""
# With a date on either side whole days are compared, as conversion metrics do.
WITHIN = """
SELECT CASE WHEN c.lo = c.hi AND b.start_lo = b.start_hi THEN c.lo < b.start_lo + TO_DAYS(:days)
       ELSE c."day" < CAST(b.start_lo AS DATE) + TO_DAYS(:days) END
"""
PAIRS = """
SELECT r.ent AS ent, :k AS k, r.g AS g, r.p AS p, r.cut AS cut, r."row" AS "row",
       r."day" AS "day", r.moved AS moved, r.closed AS closed, r.amount AS amount,
       r.lo AS lo, CAST(r.next AS VARCHAR) AS next
FROM reach AS r
"""
SEEN = """
SELECT q.k AS k, q.ent AS ent, q.g AS g, q.p AS p, q.cut AS cut, MIN(q."day") AS "day",
       MAX(q.moved) AS moved, MAX(q.closed) AS closed
FROM pairs AS q GROUP BY q.k, q.ent, q.g, q.p, q.cut
"""
STEPS = """
SELECT v.k AS k, v.g AS g, v.p AS p, v.cut AS cut, v."day" AS "day", v.moved AS moved,
       v.closed AS closed, f."day" AS next_day
FROM seen AS v LEFT JOIN seen AS f ON f.ent = v.ent AND f.p = v.p AND f.k = v.k + 1
"""
PACE = """
SELECT s.k AS k, QUANTILE_CONT(DATE_DIFF('day', s."day", s.next_day), 0.9) AS "limit"
FROM steps AS s WHERE s.next_day < :end GROUP BY s.k
"""
FIXED_PACE = 'SELECT DISTINCT s.k AS k, :days - 1 AS "limit" FROM steps AS s'
COUNT = """
SELECT 'step' AS kind, s.k AS k, s.g AS g, s.p AS p, GROUPING(s.g) AS whole,
       COUNT(*) AS entered, COUNT(CASE WHEN s.next_day < s.cut THEN 1 END) AS converted,
       MEDIAN(CASE WHEN s.p = 0 AND s.next_day < s.cut THEN DATE_DIFF('day', s."day", s.next_day) END) AS median_days,
       QUANTILE_CONT(CASE WHEN s.p = 0 AND s.next_day < s.cut THEN DATE_DIFF('day', s."day", s.next_day) END, 0.9) AS p90_days,
       COUNT(CASE WHEN s.is_open AND s.idle > s."limit" THEN 1 END) AS stalled,
       COUNT(CASE WHEN NOT s.is_open AND (s.next_day IS NULL OR s.next_day >= s.cut) THEN 1 END) AS closed,
       MAX(s."limit") AS "limit", NULL AS items, NULL AS amount
FROM (
  SELECT t.k AS k, t.g AS g, t.p AS p, t.cut AS cut, t."day" AS "day", t.next_day AS next_day,
         a."limit" AS "limit", DATE_DIFF('day', t.moved, t.cut) - 1 AS idle,
         (t.next_day IS NULL OR t.next_day >= t.cut) AND t.closed >= t.cut AS is_open
  FROM steps AS t LEFT JOIN pace AS a ON a.k = t.k WHERE t."day" < t.cut
) AS s
GROUP BY GROUPING SETS ((s.k, s.p, s.g), (s.k, s.p))
"""
OWN = """
SELECT 'items' AS kind, d.k AS k, d.g AS g, 0 AS p, 0 AS whole, NULL AS entered, NULL, NULL, NULL,
       NULL, NULL, NULL, COUNT(*) AS items, SUM(d.amount) AS amount
FROM (SELECT DISTINCT q.k AS k, q.g AS g, q."row" AS "row", q.amount AS amount
      FROM pairs AS q WHERE q.k >= :least AND q.p = 0 AND q."day" < q.cut) AS d
GROUP BY d.k, d.g
"""
OWN_WHOLE = """
SELECT 'items' AS kind, d.k AS k, NULL AS g, 0 AS p, 1 AS whole, NULL AS entered, NULL, NULL, NULL,
       NULL, NULL, NULL, COUNT(*) AS items, SUM(d.amount) AS amount
FROM (SELECT DISTINCT q.k AS k, q."row" AS "row", q.amount AS amount
      FROM pairs AS q WHERE q.k >= :least AND q.p = 0 AND q."day" < q.cut) AS d
GROUP BY d.k
"""
CHILDREN = """
SELECT c."row" AS "row", :k AS k, CAST(c.prev AS VARCHAR) AS prev, CAST(c.root AS VARCHAR) AS root,
       c.hi AS hi, c."day" AS "day"
FROM child AS c
"""
UNLINKED = """
SELECT 'unlinked' AS kind, c.k AS k, NULL AS g, 0 AS p, 1 AS whole, COUNT(*) AS entered, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL AS items, NULL AS amount
FROM children AS c JOIN periods AS w ON w.p = 0 AND c."day" >= w.start AND c."day" < w.cut
WHERE c.prev IS NULL GROUP BY c.k
"""
DISORDER = """
SELECT 'disorder' AS kind, d.k AS k, NULL AS g, 0 AS p, 1 AS whole, COUNT(*) AS entered, NULL, NULL,
       NULL, NULL, NULL, NULL, NULL AS items, NULL AS amount
FROM (
  SELECT c.k AS k, c."row" AS "row"
  FROM (
    SELECT a.k AS k, a."row" AS "row", a.prev AS prev, a.hi AS hi
    FROM children AS a LEFT JOIN pairs AS q ON q.k = a.k AND q."row" = a."row" AND q.p = 0
    WHERE q.k IS NULL AND NOT a.prev IS NULL
  ) AS c JOIN pairs AS b ON b.k = c.k - 1 AND b.next = c.prev AND b.p = 0
  GROUP BY c.k, c."row" HAVING MAX(CASE WHEN c.hi >= b.lo THEN 1 ELSE 0 END) = 0
) AS d GROUP BY d.k
"""
SKIPPED = """
SELECT 'skipped' AS kind, c.k AS k, NULL AS g, 0 AS p, 1 AS whole, COUNT(DISTINCT f.ent) AS entered,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL AS items, NULL AS amount
FROM pairs AS f
JOIN children AS c ON c.k > 1 AND c.root = f.next AND c.hi >= f.lo AND c."day" < f.cut
LEFT JOIN pairs AS r ON r.k = c.k AND r.ent = f.ent AND r.p = 0
WHERE f.k = 0 AND f.p = 0 AND r.ent IS NULL GROUP BY c.k
"""
ENTRIES = """
SELECT c.g AS g, :k AS k, w.p AS p, c.amount AS amount, c."day" AS "day", e.since AS since
FROM child AS c JOIN periods AS w ON c."day" >= w.start AND c."day" < w.upto
LEFT JOIN (
  SELECT c."row" AS "row", MAX(b."day") AS since
  FROM child AS c JOIN parent AS b ON b.next = c.prev AND b.lo <= c.hi GROUP BY c."row"
) AS e ON e."row" = c."row"
"""
FIRST_ENTRIES = """
SELECT c.g AS g, :k AS k, w.p AS p, c.amount AS amount, c."day" AS "day", CAST(NULL AS DATE) AS since
FROM child AS c JOIN periods AS w ON c."day" >= w.start AND c."day" < w.upto
"""
EVENTS = """
SELECT 'step' AS kind, s.k AS k, s.g AS g, s.p AS p, GROUPING(s.g) AS whole,
       COUNT(*) AS entered, NULL AS converted,
       MEDIAN(DATE_DIFF('day', s.since, s."day")) AS median_days,
       QUANTILE_CONT(DATE_DIFF('day', s.since, s."day"), 0.9) AS p90_days,
       NULL AS stalled, NULL AS closed, NULL AS "limit", COUNT(*) AS items, SUM(s.amount) AS amount
FROM pairs AS s GROUP BY GROUPING SETS ((s.k, s.p, s.g), (s.k, s.p))
"""
