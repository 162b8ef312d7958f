-- Rows beyond the sample that a discovery groups go to the nearest of its groups.

ALTER TABLE discovery ADD COLUMN other_groups LONGBLOB NULL
    COMMENT 'float32 vectors: where the groups lie that are no themes; null: no row is to be assigned';
ALTER TABLE discovery_theme ADD COLUMN assigned_ids LONGTEXT NOT NULL DEFAULT ('[]')
    COMMENT 'JSON: rows beyond the sample that lie nearest to the group';
