"""Appraisal: the cost, income and market approaches, reconciled in a report.

Modelled on 数据资产评估指导意见 (China Appraisal Society, 2023) and
资产评估专家指引第9号——数据资产评估 (2019). The bounds on inputs are ours.
"""
