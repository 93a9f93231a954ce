select grant_dashboard() from pg_roles where rolname = 'grumble_dashboard';
