-- What no question asks any more, and Citus refuses: report.finding and
-- report.mention hold the same rows.
drop function report.findings_in, report.mentions_in;
