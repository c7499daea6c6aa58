"""From register extracts to the table an estimator takes, with an account of what was left out.

Records of persons go in; rows of units and periods come out, without any person.
"""

from effekt.registers.extract import Extract
from effekt.registers.kolada import read_kolada
from effekt.registers.sick_leave import sick_leave_days

__all__ = ["Extract", "read_kolada", "sick_leave_days"]
