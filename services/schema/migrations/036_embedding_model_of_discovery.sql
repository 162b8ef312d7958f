-- Vectors of two models cannot be compared.

ALTER TABLE discovery ADD COLUMN embedding_model_id VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NULL
    COMMENT 'whose vectors other_groups are';
