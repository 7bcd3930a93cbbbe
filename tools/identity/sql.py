"""The linking itself, as fixed statements over the product's own working tables.

records(id, name, name_key, company_key, title, domain, made_at, digest), keys(record, key, kind,
value) are loaded; everything below is made anew in each run from them.
"""

from __future__ import annotations

TABLES = (
    """CREATE TABLE IF NOT EXISTS records (id VARCHAR PRIMARY KEY, name VARCHAR, name_key VARCHAR,
        company_key VARCHAR, title VARCHAR, domain VARCHAR, source VARCHAR, made_at TIMESTAMP, digest VARCHAR)""",
    "CREATE TABLE IF NOT EXISTS keys (record VARCHAR, key VARCHAR, kind VARCHAR, value VARCHAR)",
    "CREATE TABLE IF NOT EXISTS seen (id VARCHAR)",
    "CREATE TABLE IF NOT EXISTS state (name VARCHAR PRIMARY KEY, value VARCHAR)",
    "CREATE TABLE IF NOT EXISTS persons (record VARCHAR, person VARCHAR)",
    """CREATE TABLE IF NOT EXISTS links (a VARCHAR, b VARCHAR, rule VARCHAR, value VARCHAR,
        probability DOUBLE)""",
    """CREATE TABLE IF NOT EXISTS proposals (a VARCHAR, b VARCHAR, probability DOUBLE, name_weight DOUBLE,
        company_weight DOUBLE, title_weight DOUBLE, conflict BOOLEAN, decision VARCHAR)""",
    "CREATE TABLE IF NOT EXISTS conflicts (key VARCHAR, value VARCHAR, reason VARCHAR, records BIGINT, names BIGINT)",
    "CREATE TABLE IF NOT EXISTS history (run BIGINT, run_at TIMESTAMP, record VARCHAR, was VARCHAR, is_now VARCHAR)",
    """CREATE TABLE IF NOT EXISTS runs (run BIGINT, run_at TIMESTAMP, records BIGINT, changed BIGINT, persons BIGINT,
        linked BIGINT, review BIGINT, seconds DOUBLE)""",
)
"""Working tables."""

FORGET_GONE = (
    "DELETE FROM keys WHERE record NOT IN (SELECT id FROM seen)",
    "DELETE FROM records WHERE id NOT IN (SELECT id FROM seen)",
    "DELETE FROM seen",
)
"""Records that the source no longer has."""

VALUES = """
CREATE OR REPLACE TABLE value_names AS
SELECT k.key, k.kind, k.value, count(*) AS records,
       count(DISTINCT nullif(r.name_key, '')) AS names,
       count(DISTINCT nullif(r.company_key, '')) AS companies
FROM keys AS k JOIN records AS r ON r.id = k.record
GROUP BY ALL HAVING count(*) > 1
"""
"""Values that several records share, with how many names stand behind them."""

CONFLICTS = """
CREATE OR REPLACE TABLE conflicts AS
WITH spans AS (
  SELECT v.key, v.kind, v.value, v.records, v.names, v.companies, r.name_key,
         min(r.made_at) AS first_at, max(r.made_at) AS last_at
  FROM value_names AS v JOIN keys AS k USING (key, value) JOIN records AS r ON r.id = k.record
  WHERE v.names > 1 AND r.name_key <> '' GROUP BY ALL
), gaps AS (
  SELECT *, first_at - lag(last_at) OVER (PARTITION BY key, value ORDER BY first_at) AS gap FROM spans
)
SELECT key, value,
       CASE WHEN any_value(kind) = 'phone' AND min(gap) > INTERVAL 180 DAY THEN 'recycled'
            WHEN any_value(kind) = 'phone' AND any_value(companies) <= 1 THEN 'company_phone'
            WHEN any_value(kind) = 'email' THEN 'shared_mailbox' ELSE 'shared' END AS reason,
       any_value(records) AS records, any_value(names) AS names
FROM gaps GROUP BY key, value
"""
"""One value, several names: why it is not taken as proof."""

KEY_LINKS = """
CREATE OR REPLACE TABLE links AS
WITH members AS (
  SELECT k.key, k.value, r.id, CASE WHEN v.names > 1 THEN r.name_key ELSE '' END AS part
  FROM keys AS k JOIN value_names AS v USING (key, value) JOIN records AS r ON r.id = k.record
  WHERE v.names <= 1 OR r.name_key <> ''
), stars AS (
  SELECT key, value, id, min(id) OVER (PARTITION BY key, value, part) AS hub FROM members
)
SELECT hub AS a, id AS b, key AS rule, value, CAST(NULL AS DOUBLE) AS probability
FROM stars WHERE hub <> id
"""
"""Every record of a value points to the first one of it; under several names, to its own name's."""

WITHOUT_SPLIT = """
DELETE FROM links WHERE a IN (SELECT record FROM split_records) OR b IN (SELECT record FROM split_records)
"""
"""A person took these records out: no rule puts them back."""

MANUAL_LINKS = """
INSERT INTO links SELECT a, b, 'manual', '', 1.0 FROM merged_pairs
WHERE a IN (SELECT id FROM records) AND b IN (SELECT id FROM records)
"""

PROBABLE_LINKS = """
INSERT INTO links SELECT a, b, 'probable', '', probability FROM proposals WHERE decision = 'linked'
"""

LABELS = """
CREATE OR REPLACE TABLE labels AS
SELECT id, id AS label FROM (SELECT a AS id FROM links UNION SELECT b FROM links)
"""

PROPAGATE = """
CREATE OR REPLACE TABLE labels_next AS
WITH both_ways AS (SELECT a, b FROM links UNION SELECT b, a FROM links),
near AS (SELECT e.a AS id, min(l.label) AS label FROM both_ways AS e JOIN labels AS l ON l.id = e.b GROUP BY e.a),
least_near AS (SELECT l.id, least(l.label, n.label) AS label FROM labels AS l JOIN near AS n USING (id))
SELECT m.id, least(m.label, coalesce(j.label, m.label)) AS label
FROM least_near AS m LEFT JOIN labels AS j ON j.id = m.label
"""
"""One round: the least label among neighbours, then the label of that label (pointer jumping)."""

CHANGED = (
    "SELECT count(*) FROM labels JOIN labels_next AS n USING (id) WHERE labels.label <> n.label"
)
SWAP = "CREATE OR REPLACE TABLE labels AS FROM labels_next"

PERSONS = """
CREATE OR REPLACE TABLE persons_next AS
WITH placed AS (
  SELECT r.id, r.name_key, coalesce(l.label, r.id) AS label, r.id IN (SELECT a FROM merged_pairs
         UNION SELECT b FROM merged_pairs) AS by_hand
  FROM records AS r LEFT JOIN labels AS l ON l.id = r.id
), named AS (
  SELECT label, count(DISTINCT nullif(name_key, '')) AS names, min(nullif(name_key, '')) AS first_name,
         bool_or(by_hand) AS by_hand
  FROM placed GROUP BY label
), parts AS (
  SELECT p.id, p.label, CASE WHEN n.names <= 1 OR n.by_hand THEN ''
         WHEN p.name_key = '' THEN n.first_name ELSE p.name_key END AS part
  FROM placed AS p JOIN named AS n USING (label)
)
SELECT id AS record, min(id) OVER (PARTITION BY label, part) AS person FROM parts
"""
"""A chain over a record without a name must not join two names, unless a person said so."""

HISTORY = """
INSERT INTO history
SELECT ?, CAST(? AS TIMESTAMP), n.record, o.person, n.person
FROM persons_next AS n LEFT JOIN persons AS o USING (record) WHERE o.person IS DISTINCT FROM n.person
"""

PUBLISH = "CREATE OR REPLACE TABLE persons AS FROM persons_next"

CANDIDATES = """
CREATE OR REPLACE TABLE candidates AS
WITH heads AS (
  SELECT p.person, min(r.name) AS name, min(nullif(r.name_key, '')) AS name_key,
         min(nullif(r.company_key, '')) AS company_key, min(nullif(r.title, '')) AS title,
         min(nullif(r.domain, '')) AS domain
  FROM persons_next AS p JOIN records AS r ON r.id = p.record GROUP BY p.person
), blocks AS (
  SELECT name_key || chr(31) || company_key AS block, person FROM heads WHERE name_key IS NOT NULL AND company_key IS NOT NULL
  UNION ALL
  SELECT name_key || chr(30) || domain, person FROM heads WHERE name_key IS NOT NULL AND domain IS NOT NULL
), sized AS (SELECT block, person, count(*) OVER (PARTITION BY block) AS size FROM blocks),
pairs AS (
  SELECT DISTINCT x.person AS a, y.person AS b FROM sized AS x JOIN sized AS y ON x.block = y.block
  WHERE x.person < y.person AND x.size <= 50
), verified AS (
  SELECT p.person, k.kind, list_distinct(list(k.value)) AS own
  FROM persons_next AS p JOIN keys AS k ON k.record = p.record WHERE k.kind IN ('phone', 'email') GROUP BY ALL
), clashes AS (
  SELECT q.a, q.b, bool_or(NOT list_has_any(x.own, y.own)) AS clash
  FROM pairs AS q JOIN verified AS x ON x.person = q.a JOIN verified AS y ON y.person = q.b AND y.kind = x.kind
  GROUP BY ALL
)
SELECT q.a, q.b, u.name_key, u.company_key,
       CASE WHEN u.name = v.name THEN 2 ELSE 1 END AS name_level,
       CASE WHEN u.company_key IS NULL OR v.company_key IS NULL THEN 1 WHEN u.company_key = v.company_key THEN 2 ELSE 0 END AS company_level,
       CASE WHEN u.title IS NULL OR v.title IS NULL THEN 1 WHEN u.title = v.title THEN 2 ELSE 0 END AS title_level,
       coalesce(c.clash, FALSE) AS clash
FROM pairs AS q JOIN heads AS u ON u.person = q.a JOIN heads AS v ON v.person = q.b
LEFT JOIN clashes AS c ON c.a = q.a AND c.b = q.b
WHERE q.a NOT IN (SELECT record FROM split_records) AND q.b NOT IN (SELECT record FROM split_records)
"""
"""Pairs of humans that share a name and a company, or a name and a company's mail domain."""

PATTERNS = """
SELECT name_level, company_level, title_level, count(*) FROM candidates GROUP BY ALL ORDER BY ALL
"""

CHANCE = """
WITH sampled AS (SELECT *, row_number() OVER (ORDER BY md5(id)) AS place FROM records ORDER BY place LIMIT 100000),
half AS (SELECT count(*) // 2 AS n FROM sampled)
SELECT avg(CASE WHEN x.title = y.title AND x.title <> '' THEN 1.0 ELSE 0 END) AS same_title,
       avg(CASE WHEN x.title <> '' AND y.title <> '' THEN 1.0 ELSE 0 END) AS both_title,
       count(*) AS pairs
FROM sampled AS x JOIN half ON TRUE JOIN sampled AS y ON y.place = x.place + half.n
"""
"""How often two random records agree: what chance alone does."""

SCORED = """
CREATE OR REPLACE TABLE proposals AS
WITH names AS (SELECT name_key, count(*) * 1.0 / (SELECT count(*) FROM records) AS share FROM records GROUP BY 1),
companies AS (SELECT company_key, count(*) * 1.0 / (SELECT count(*) FROM records) AS share FROM records GROUP BY 1),
weighed AS (
  SELECT c.a, c.b, c.clash,
         log2(w.name / n.share) AS name_weight,
         CASE WHEN c.company_level = 2 THEN log2(w.company / f.share)
              WHEN c.company_level = 0 THEN log2(1 - w.company) ELSE 0 END AS company_weight,
         w.title AS title_weight, w.prior AS prior
  FROM candidates AS c
  JOIN weights AS w ON w.name_level = c.name_level AND w.company_level = c.company_level AND w.title_level = c.title_level
  JOIN names AS n ON n.name_key = c.name_key LEFT JOIN companies AS f ON f.company_key = c.company_key
), total AS (SELECT *, prior + name_weight + company_weight + title_weight AS bits FROM weighed)
SELECT a, b, 1 / (1 + pow(2, -least(60, greatest(-60, bits)))) AS probability, name_weight, company_weight,
       title_weight, clash AS conflict, '' AS decision
FROM total
"""
"""Fellegi and Sunter: bits of evidence add up; rare names and companies weigh more."""

DECIDE = """
UPDATE proposals SET decision = CASE WHEN probability >= ? AND NOT conflict THEN 'linked'
                                     WHEN probability >= ? THEN 'review' ELSE 'no' END
"""
"""Two different verified phones or mailboxes are never overruled by a machine: a person decides."""
