"""Tables of `make calibration`: simulated rates beside their bars."""

from cisgrammar.tables.contract import Table, integer, number, text

CALIBRATION = Table(
    "calibration.tsv",
    "a simulated rate: the type I error or the power of a test, or the coverage of an interval",
    (
        text("name", "stage, what is simulated, and the setting"),
        number("value", "share of the tests"),
        number("low", "lower end of its 95 % interval (Wilson, of as many independent tests)"),
        number("high", "upper end"),
        text("verdict", "pass if the value lies in the bar, else fail"),
        number("bar_low", "lower end of the bar"),
        number("bar_high", "upper end of the bar"),
        integer("n", "tests"),
        integer("simulations", "independent simulations, whose tests share data"),
    ),
)
TABLES = (CALIBRATION,)
