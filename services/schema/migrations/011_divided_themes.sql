-- A group that the model finds mixed is divided, and its parts are judged.

ALTER TABLE discovery_theme ADD COLUMN divided TINYINT NOT NULL DEFAULT 0
    COMMENT '1: its rows are in themes of their own now';
