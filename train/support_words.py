"""Words that claims are made and changed with: what means the same, what means the contrary, what says more."""

# Verbs: base, past, and participle where that differs.
IRREGULAR = """
be was been|become became become|begin began begun|bear bore born|beat beat beaten|bring brought|build built
|buy bought|catch caught|choose chose chosen|come came come|cost cost|cut cut|deal dealt|do did done|draw drew drawn
|drive drove driven|eat ate eaten|fall fell fallen|feel felt|fight fought|find found|fly flew flown
|forbid forbade forbidden|forget forgot forgotten|get got|give gave given|go went gone|grow grew grown|hang hung
|have had|hear heard|hide hid hidden|hit hit|hold held|hurt hurt|keep kept|know knew known|lay laid|lead led
|learn learned|leave left|lend lent|let let|lie lay lain|lose lost|make made|mean meant|meet met|pay paid|put put
|read read|ride rode ridden|ring rang rung|rise rose risen|run ran run|say said|see saw seen|seek sought|sell sold
|send sent|set set|shoot shot|show showed shown|shut shut|sing sang sung|sink sank sunk|sit sat|sleep slept
|speak spoke spoken|spend spent|split split|spread spread|stand stood|steal stole stolen|strike struck
|swear swore sworn|swim swam swum|take took taken|teach taught|tell told|think thought|throw threw thrown
|understand understood|undergo underwent undergone|wear wore worn|win won|withdraw withdrew withdrawn
|write wrote written|overthrow overthrew overthrown|sign signed|open opened|visit visited|happen happened
|offer offered|enter entered|consider considered|cover covered|develop developed|discover discovered|remain remained
|suffer suffered|gather gathered
"""

# What means the same in news; one way only where the other would say more.
ALIKE = r"""
said(?! to)>stated|said(?! to)>told reporters|stated>said|announced>said|began>started|started>began
|purchased>bought|bought>acquired|killed>left dead|more than>over|over \d>more than \d|about \d>around \d
|around \d>about \d|approximately>about|nearly>almost|almost>nearly|roughly>about|at least \d>no fewer than \d
|per cent>percent|percent>per cent|US>United States|U\.S\.>US|UK>United Kingdom|United States>US|U\.K\.>UK
|help>assist|attempted>tried|tried>attempted|however, >|also >|show>indicate|shows>indicates|showed>indicated
|children>kids|big>large|large>big|huge>very large|firm>company|company>firm|film>movie|movie>film|injured>hurt
|hurt>injured|wounded>injured|vehicle>car|car>vehicle|rose>increased|fell>dropped|dropped>fell|climbed>rose
|jumped>rose|slumped>fell|increased>rose|declined>fell|cut>reduced|ended>finished|finished>ended|obtained>got
|received>got|important>significant|because>since|although>though|but>although|whole>entire|entire>whole
|several>a number of|many>a lot of|a lot of>many|doctors>physicians|job>post|jobs>posts|demonstrators>protesters
|protesters>demonstrators|struggle>fight|deadly>fatal|fatal>deadly|blaze>fire|cops>police|law enforcement>police
|kids>children|lawmakers>legislators|president-elect>incoming president|approximately>roughly|prior to>before
|following>after|in order to>to|passed away>died|murdered>killed|shot dead>killed|stopped>halted|revealed>disclosed
|biggest>largest|largest>biggest|quickly>rapidly|will>is going to|wants to>would like to|agreed>consented
|opened>was opened|built>constructed|constructed>built|launched>started|resigned>stepped down|stepped down>resigned
|elected>voted in|chosen>selected|selected>chosen|needed>required|required>needed|asked>requested
|happened>took place|took place>happened|located>situated|worldwide>around the world|last year>the previous year
"""

# What means the contrary, besides the pairs that the reader learns from.
CONTRARY = """
rise drop|rises falls|rising falling|grew shrank|higher lower|more less|more fewer|most least|killed injured
|killed rescued|injured killed|died survived|dead alive|won lost|winning losing|victory defeat|increase decrease
|gains losses|profit loss|profits losses|success failure|successful failed|success failure|agreed refused
|agreed disagreed|confirmed denied|denied admitted|praised criticised|criticized praised|welcomed condemned
|support opposition|supports opposes|for against|inside outside|above below|up down|over under|with without
|strong weak|stronger weaker|good bad|better worse|new old|young old|first second|first final|early late
|earlier later|long short|large small|larger smaller|big small|high low|hot cold|warm cold|rich poor|easy difficult
|safe dangerous|guilty innocent|guilty not guilty|legal illegal|possible impossible|able unable|likely unlikely
|happy angry|public private|local foreign|domestic foreign|national local|male female|boy girl|man woman|men women
|son daughter|brother sister|wife husband|mother father|he she|his her|all some|all none of|always never|many few
|both neither|begin end|began ended|started stopped|launched cancelled|opened closed|remain leave|stay leave
|arrived left|rejected accepted|approved blocked|allowed forbidden|allows bans|banned allowed|legal banned
|released detained|freed jailed|arrested freed|acquitted convicted|convicted acquitted|hired sacked
|appointed dismissed|elected defeated|resigned refused to resign|joined left|buy sell|bought sold|expensive cheap
|borrowed lent|import export|imports exports|gained lost|increased reduced|expanded cut|raised lowered
|improved worsened|recovered collapsed|north south|northern southern|east west|eastern western|left right
|before after|after before|during before|since until|old new|last next|majority minority|minimum maximum|full empty
|heavy light|peaceful violent|deadly harmless|rare common|popular unpopular|known unknown|ally enemy|allies rivals
|friends enemies|attack defence|attacked defended|defeated lost to|beat lost to|ahead of behind|hope fear
|hopes fears|optimistic pessimistic|positive negative|permanent temporary|daily weekly|weekly monthly|monthly yearly
|morning evening|day night|summer winter
"""

# What makes a claim say more than its text: certainty, all instead of some, another time or unit.
STRONGER = """
may>will|might>will|could>will|may>must|is expected to>will|are expected to>will|plans to>decided to|hopes to>will
|wants to>has agreed to|considering>decided on|some>all|many>all|most>all|several>dozens of|often>always
|sometimes>always|partly>entirely|nearly>more than|almost>more than|at least>at most|up to>more than
|more than>fewer than|less than>more than|about>exactly|allegedly>|reportedly>|suspected >convicted
|accused of>convicted of|charged with>convicted of|alleged >proven|proposed>approved|urged>forced|asked>ordered
|called for>secured|planned>completed|threatened>decided|tried to>managed to|attempted to>managed to
|failed to>managed to|believes>proved|suggests>proves|suggested>proved|one of the>the only|among the>the|can>cannot
|only>not only|first>second|second>third|third>second|half>a third|a third>half|twice>three times|double>half
|doubled>halved|may have been>was|could have been>was|might have been>was|may be>is|could be>is|might be>is
|is expected to be>was|are expected to be>were|will be>has been|is set to>began to|are set to>began to
|has yet to be>has been|have yet to be>have been|would be>is|would have>has|should be>is|seeks to>managed to
|is due to>has|intends to>has decided to|considers>has approved|in talks to>agreed to|appears to>is certain to
|likely to>certain to|expects to>managed to|a quarter>half|three-quarters>a quarter|last year>two years ago
|last month>last week|last week>last month|this year>last year|next year>next month|week>month|month>year
|years>months|months>weeks|days>weeks|hours>minutes|minutes>hours|miles>feet|euros>dollars|pounds>euros
"""

# What is counted.
UNITS = """
people|soldiers|homes|days|weeks|months|years|miles|jobs|women|children|students|companies|countries|cases|votes
|points|goals|dollars
"""

# What people are.
OFFICES = """
Prime Minister|President|Chancellor|Governor|Mayor|Ambassador|Chairman|Spokesman|Secretary|Senator|Professor
|Director|General|Coach|Analyst
"""

# What may be put before a noun, and says more.
MODIFIERS = """
former|first|second|only|secret|unarmed|Russian|Chinese|American|French|German|British|Turkish|Israeli|female|young
|elderly|armed|bankrupt|retired|foreign|local|private|military|nuclear|biggest|oldest|cheapest|annual|monthly|failed
|historic|illegal|wooden|temporary
"""


def listed(table: str) -> list[str]:
    """Return the entries of a table."""
    return table.replace("\n", "").split("|")
