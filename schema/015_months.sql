-- Nobody adds to roll-ups by month any more.
delete from rollup where grain = 'm';
delete from rollup_dirty where grain = 'm';
alter table rollup validate constraint rollup_grain_check;
