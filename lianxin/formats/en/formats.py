"""How dates are written in English."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"
SHORT_DATE_FORMAT = "j M"
SHORT_DATETIME_FORMAT = "j M H:i"
TIME_FORMAT = "H:i"
YEAR_MONTH_FORMAT = "F Y"
