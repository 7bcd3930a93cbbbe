"""English words that claim nothing, by their base form; `forms` adds what grammar makes of them."""

from __future__ import annotations

from collections.abc import Iterator


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: Regular verbs of being, reaching, showing and arranging.
VERBS = _words("""
achieve amass apply appear arrange arrive assign attach attain attract award base belong book
boast calculate cap capture carry chart claim clock cluster collect command comprise compute
concentrate concern constitute contain continue correspond count cover credit crown define
deliver denote depict describe detail display divide earn emerge enter equate exhibit express
feature fetch figure follow form garner gather grab group highlight hover illustrate include
indicate involve label land last list locate log maintain manage map mark match measure mention
move name note notch number observe occupy occur open outline own pass pertain place point pocket
populate position possess post present produce provide qualify rack rank reach receive record
refer reflect register remain remark report represent require rest result retain reveal review
round secure serve settle share snag sort spell stack start state stay step stretch study
summarize summarise switch tabulate tally total trace track translate transpire turn use work
yield
accrue aggregate align assemble average balance bear call carve
cement centre center chalk circle cite coincide combine comment compile compose
conclude consist consolidate convey cross define derive design detail distinguish
distribute divide dot drill encompass end enumerate
extract face fill filter finalise finalize flag
float flow focus frame glance head imply
interpret itemise itemize judge jot keep link lodge look lump mirror model
net nest normalise normalize occur originate
outline pace pair paint parse pass pick pin plot pool pull
quote recap reckon recount regroup remind render repeat reproduce reside
restate revisit roll run sample scan screen segment sequence shape sketch
splice start stem structure summon surface tag tap term total touch
trend underline unfold update value vary view wind wrap
""")

#: Irregular verbs: every form.
IRREGULAR = _words("""
be am is are was were been being begin begins began begun beginning break breaks broke broken
breaking bring brings brought bringing come comes came coming do does did done doing draw draws
drew drawn drawing find finds found finding get gets got gotten getting give gives gave given
giving go goes went gone going have has had having hit hits hitting hold holds held holding keep
keeps kept keeping lay lays laid laying lie lies lain lying make makes made making mean means
meant meaning meet meets met meeting put puts putting read reads reading run runs ran say says
said saying see sees saw seen seeing set sets setting show shows showed shown showing sit sits
sat sitting stand stands stood standing take takes took taken taking tell tells told telling
split splits splitting become becomes became becoming
""")

#: Nouns of figures, places and time; their plurals are known, too.
NOUNS = _words("""
amount answer area aspect axis basis bit block board bracket bulk case category cell chart
circle class column comment conclusion contender contributor count crowd data date day
definition detail digit dimension domain duration earner end entry example extent fact field
figure finding footing front group half handful head headline horizon hour insight instance
interval item kind label latter former leaderboard level line list magnitude mark means measure
member metric middle minute mix month moment name note notch number observation occasion
overview pack pair panel part performer period perspective picture piece place player podium
point portion position quarter query question range rank ranking rate ratio reading recap record
remark request result role row run scale scope season section segment series set setting side
size slice slot snapshot sort spell spot stage standing start step streak stretch subset summary
table takeaway tally term tier time timeframe timeline top trajectory turn type unit value
volume way week window year
account agenda anchor angle backdrop balance band bin bottom-line
caveat composition concept context copy core corner counterpart creation
decimal denominator depth edge element
feature figure finish footprint form format fraction fragment funnel glimpse grid grouping hub
heading highlight index label layer leg lens list
location lookup lot method mixture mode name number numerator
outline output overview page path percentile
place pool
proportion reference rollup sample sense
sequence set-up shape sheet slide spectrum split spread-sheet standpoint state statement storey
structure subgroup subtotal subject tab tail thing timeline title topic
trait view viewpoint volume yardstick
""")

#: Words that do not change: connectives, pronouns, adverbs and adjectives of degree and order.
FIXED = _words("""
a about absolute absolutely accordingly across actual actually afterward afterwards again albeit
alike along already also alternatively although altogether amid among amongst an and another any
anyone apiece as aside at barely basic basically beforehand being besides both briefly broad
broadly but by certain clear clearly comfortable comfortably comparable comparably comparative
comparatively comparison considered corresponding currently daily decent definitely directly
distinct distinctly due during early easily easy either else enough especially essentially even
eventually evidently exact exactly extra extremely fair fairly far final finally first firstly
for formally formerly fully further furthermore general generally given hence here herein hereby
how however i if in incidentally including indeed individual individually initial initially
inside instead into is it its itself just key largely last lastly late lately later latest like
likewise listed lone main mainly major meantime meanwhile mere merely mid minor moreover my
named narrow narrowly natural naturally net nominal nominally notable notably noteworthy now
numeric numerical numerically obvious obviously of off on once one onto onward open or original
originally otherwise our out outright outside own particular particularly per plain plainly plus
precise precisely present presently primarily primary principal pure purely quickly quite rather
raw really recent recently reflecting regarding relative relatively respective result same
second secondly separate separately short shown similar similarly simple simply since single
slight slightly so solid somewhat specific specifically still strictly subsequent subsequently
such surely tabular that the their them themselves then there thereafter thereby these they
third thirdly this those though thus till to today too toward towards truly typical called
ultimate ultimately unnamed until upon us usual variable varied various very via visible visibly
visually we weekly well what whatever when where whereas whereby which whichever while who whole
whom whose wide widely with within worth yet yearly you your fiscal annual quarterly monthly
seven-day full-year half-year
above-mentioned aforementioned admittedly alternately anyhow anyway appreciably apt arithmetically aptly bare bottom-up
broken-down by-channel by-region central certainly chiefly chronologically common commonly complete-month concretely
considering conventional conveniently cumulatively customary decidedly dedicated deeply descending ascending
different differently effectively end-to-end entirely
equivalently explicitly foremost frankly
granular headline high-level holistically honest identically immediate immediately inclusive
individual-level inner internal interesting interestingly internally joint lately latter-most lengthwise literal literally mid-range mid-sized mid-table
mutual mutually named neat neatly neighbouring neighboring neutral nice nicely non-zero normal normally noticeably
objectively official officially ordinarily ordinary orderly overall-level parallel partially partly past-period per-period
perfectly percentage-wise period-over-period plain plus-side positional pre-existing pretty previous-period properly quarter-over-quarter month-over-month week-over-week
 relatively-speaking remarkable remarkably rightly roughly-equal round rounded sequential sequentially side-by-side small-sample so-called
specifically-named standalone standard standard-size standout static straightforward straightforwardly striking strikingly strict tactical technical technically
thorough thoroughly tightly tidy top-down top-level traditional traditionally typically unambiguous unambiguously uniquely
upfront upper useful usefully vertical wholly word-for-word year-wide zoomed
all-in allowing aboard adjacent despite inasmuch insofar lest notwithstanding onto outside-of per since underneath whether whereupon whenever wherever
""")

#: Fixed phrases; some hide a word that would claim something on its own.
PHRASES = (
    "complete the", "completes the", "completing the", "round out the", "rounding out the",
    "at a glance", "at its", "by contrast", "by itself", "broken down", "break down", "breaks down",
    "come in", "came in", "comes in", "coming in", "end up", "ended up", "ends up", "ending up", "made up of", "turn out", "turned out", "turns out",
    "works out at", "work out at", "worked out at", "works out to", "come out at", "followed in order", "for every", "for each",
    "for reference", "for the record", "for comparison", "for context", "in absolute terms", "in relative terms", "in percentage terms", "in money terms", "in this view",
    "in terms of", "in other words", "in addition", "in detail", "in fact", "in particular", "in sequence",
    "in turn", "in the end", "in the data", "in the table", "in the results", "in this period", "in that period", "in that order of size", "in the same period", "in the same span",
    "it turns out", "of which", "of them", "of these", "on its own", "on their own", "on the list", "on the table", "on the chart", "on the board",
    "on the other hand", "on one hand", "on a par", "on par", "point to", "point-to-point", "rounds off", "rounded off", "so to speak", "that said",
    "that same", "the following", "the rest of the way", "to be exact", "to be precise", "to put it", "to sum up", "to summarise", "to summarize",
    "when it comes to", "with regard to", "with respect to", "worth noting", "wrapping up", "wrap up", "as follows", "as shown", "as such", "as well as", "as well",
    "at that point", "at this point", "at the time", "behind it", "side by side", "top of the list", "next in line", "next on the list",
    "turned into", "turn into", "turns into", "giving", "at the other end", "the other end", "on the other side", "the other day", "half over half", "half on half", "half-over-half", "soft", "firm", "muted", "the quarter's", "attribution", "move together", "so on", "as many", "as much", "as high", "as low", "as large", "as big", "as long", "times as many", "times as much", "by a hair", "by a whisker", "by a nose", "hair", "straight after", "in succession", "one after another", "percentage terms", "relative terms", "absolute terms", "a month", "a week", "of the lot", "of the bunch", "of the group", "of the pack",
)  # fmt: skip

_VOWELS = frozenset("aeiou")


def forms(verb: str) -> Iterator[str]:
    """Yield the forms of a regular verb: reach, reaches, reached, reaching."""
    yield verb
    stem = verb
    doubled = len(verb) <= 4 and verb[-1] in "gpt" and verb[-2] in _VOWELS and verb[-3:-2] not in _VOWELS  # fmt: skip
    if verb.endswith("e"):
        stem = verb[:-1]
    elif doubled:
        stem = verb + verb[-1]
    soft = verb.endswith("y") and verb[-2] not in _VOWELS
    yield f"{verb[:-1]}ies" if soft else f"{verb}es" if verb.endswith(("ch", "sh", "ss", "x")) else f"{verb}s"  # fmt: skip
    yield f"{verb[:-1]}ied" if soft else f"{stem}ed"
    yield f"{stem}ing"


def plural(noun: str) -> str:
    """Return the regular plural of a noun."""
    if noun.endswith("y") and noun[-2] not in _VOWELS:
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("ch", "sh", "ss", "x")) else f"{noun}s"


def plain_words() -> frozenset[str]:
    """Return every English word of these tables in every form."""
    verbs = {form for verb in VERBS for form in forms(verb)}
    nouns = {form for noun in NOUNS for form in (noun, plural(noun))}
    return frozenset(verbs | nouns | set(IRREGULAR) | set(FIXED) | set(PHRASES))
