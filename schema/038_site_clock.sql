-- What the site's own clock said when it sent the page, where it was told:
-- whether a page came before all of its range was there is judged by it, and a
-- crash must not forget that.
alter table raw_page add column site_clock timestamptz;
