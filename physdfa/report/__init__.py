"""Run folders in, figures, tables and HTML out; this room never trains.

What imports pandas, matplotlib or jax is in modules of its own: `report.page.write_report`, and the package
`report.datasheet`.
"""
