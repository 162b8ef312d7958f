-- A change that revises many reports is told in one mail, though each report is drawn anew.

ALTER TABLE execution ADD COLUMN loud_revision INT UNSIGNED NOT NULL DEFAULT 0
    COMMENT 'the last revision that people have a mail of its own for; later ones are told together'
    AFTER notified_revision;
