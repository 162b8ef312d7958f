-- Rows that change again and again must not keep large results from ever being whole.

ALTER TABLE results_upload ADD COLUMN begun_anew INT UNSIGNED NOT NULL DEFAULT 0
    COMMENT 'how often they were, because rows had changed';
