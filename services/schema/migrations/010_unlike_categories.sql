-- A new theme is not merged into a category whose rows are clearly other than its own.

ALTER TABLE discovery_theme ADD COLUMN unlike_ids TEXT NULL
    COMMENT 'JSON: categories whose rows are clearly other than the group''s';
