"""The story's appraisal report: two approaches over stated example figures."""

from datetime import date
from typing import Any

from valuation.appraisal.cost import ReplacementCost
from valuation.appraisal.income import IncomeForecast, Timing
from valuation.appraisal.report import Assignment, Purpose, ValueType, draw_up


def appraisal_report(asset: str, valuation_date: date) -> dict[str, Any]:
    """Write a report on an asset: replacement cost and shared income, weighted 4 to 6.

    The costs and incomes are examples made up for the story, in fen.
    """
    assignment = Assignment(
        subject=asset,
        purpose=Purpose.TRADE,
        value_type=ValueType.MARKET,
        valuation_date=valuation_date,
        premises=("持续使用假设", "公开市场假设", "演示用成本与收入，非真实账目"),
        limits=("仅供本仿真系统使用",),
    )
    cost = ReplacementCost(
        preliminary_fen=30_000_000,
        direct_fen=62_000_000,
        indirect_fen=15_000_000,
        opportunity_fen=8_000_000,
        tax_fen=5_000_000,
        adjustment_ppm=1_050_000,
    )
    income = IncomeForecast(
        incomes_fen=(50_000_000, 65_000_000, 70_000_000, 60_000_000, 40_000_000),
        share_ppm=550_000,
        discount_ppm=140_000,
        timing=Timing.YEAR_END,
    )
    body: dict[str, Any] = draw_up(assignment, [(cost, 400_000), (income, 600_000)]).to_body()
    return body
