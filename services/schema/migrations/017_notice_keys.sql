-- What people were told is known by a key of its own: a message's id is another one when it is redriven.

ALTER TABLE sent_notice MODIFY COLUMN message_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
    COMMENT 'the key of what was told, not the id of a message';
