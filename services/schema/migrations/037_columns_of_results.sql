-- A row that is labelled again while results are written changes none of their columns.

ALTER TABLE results_upload ADD COLUMN profile_version INT UNSIGNED NULL
    COMMENT 'whose document the columns are of; null: an upload of before';
