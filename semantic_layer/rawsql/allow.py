"""What analysts' SQL may be made of. Whatever is not listed is refused.

A function belongs here if it neither reaches outside its arguments nor can be made to run or
to grow without bound; `interrupt` does not stop each of them (levenshtein, lpad, regexps).
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

MAX_TEXT: Final = 20_000
MAX_NODES: Final = 3_000
MAX_DEPTH: Final = 60
MAX_TABLES: Final = 12
MAX_PATTERN: Final = 200
"""Characters of a regular expression or of a text to put in: constants, and short."""

_STRUCTURE = (
    exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.From, exp.Join, exp.Where,
    exp.Group, exp.Having, exp.Qualify, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.With,
    exp.CTE, exp.Table, exp.TableAlias, exp.Identifier, exp.Column, exp.Alias, exp.Star,
    exp.Distinct, exp.Paren, exp.Tuple, exp.Rollup, exp.Cube, exp.GroupingSets,
)  # fmt: skip
_VALUES = (
    exp.Literal, exp.Null, exp.Boolean, exp.Interval, exp.Var, exp.DataType, exp.DataTypeParam,
    exp.Cast, exp.TryCast, exp.Case, exp.If, exp.Neg,
)  # fmt: skip
_OPERATORS = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In,
    exp.Between, exp.Like, exp.ILike, exp.Exists, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv,
    exp.Mod, exp.DPipe, exp.NullSafeEQ, exp.NullSafeNEQ,
)  # fmt: skip
_AGGREGATES = (
    exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.Stddev,
    exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.Quantile,
    exp.PercentileCont, exp.PercentileDisc, exp.WithinGroup, exp.ApproxDistinct, exp.AnyValue,
    exp.ArgMax, exp.ArgMin, exp.LogicalAnd, exp.LogicalOr, exp.Filter, exp.GroupConcat, exp.Mode,
)  # fmt: skip
_WINDOWS = (
    exp.Window, exp.WindowSpec, exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank,
    exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue,
    exp.IgnoreNulls,
)  # fmt: skip
_FUNCTIONS = (
    exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Abs, exp.Round, exp.Floor, exp.Ceil,
    exp.Sign, exp.Sqrt, exp.Ln, exp.Exp, exp.Upper, exp.Lower, exp.Length, exp.Trim, exp.Substring,
    exp.Left, exp.Right, exp.Concat, exp.StrPosition, exp.StartsWith, exp.EndsWith, exp.Contains,
    exp.Replace, exp.SplitPart, exp.RegexpLike, exp.RegexpExtract, exp.Pow, exp.Log, exp.Trunc,
    exp.Grouping,
)  # fmt: skip
_DATES = (
    exp.DateTrunc, exp.TimestampTrunc, exp.Extract, exp.Year, exp.Month, exp.Day, exp.Quarter,
    exp.Week, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfMonth, exp.DayOfYear, exp.DateDiff,
    exp.DateAdd, exp.DateSub, exp.CurrentDate, exp.Date, exp.TimeToStr, exp.LastDay,
    exp.TsOrDsToDate, exp.WeekOfYear, exp.Hour, exp.Minute, exp.Second, exp.Dayname, exp.Monthname,
    exp.TimeToUnix, exp.DateFromParts,
)  # fmt: skip
NODES: Final[frozenset[type[exp.Expr]]] = frozenset(
    (*_STRUCTURE, *_VALUES, *_OPERATORS, *_AGGREGATES, *_WINDOWS, *_FUNCTIONS, *_DATES)
)
TYPES: Final = frozenset(
    {
        "BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL", "TEXT",
        "VARCHAR", "DATE", "TIMESTAMP", "TIMESTAMPNTZ", "TIME", "INTERVAL",
    }
)  # fmt: skip
UNITS: Final = frozenset(
    {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "ISODOW", "ISOYEAR",
     "DOW", "DOY", "EPOCH", "YEARS", "MONTHS", "DAYS", "WEEKS", "HOURS"}
)  # fmt: skip
JOIN_WORDS: Final = frozenset(
    {"", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER", "SEMI", "ANTI"}
)
