-- Topics that no category covers go to discovery, too, and get the category that it finds.

ALTER TABLE feedback_aspect ADD COLUMN judged_theme BIGINT UNSIGNED NULL
    COMMENT 'the judged_theme with which an unknown topic was judged last';

-- As before; a topic that discovery gave a category is unknown while that one is not active.
CREATE OR REPLACE VIEW feedback_mentions AS
SELECT f.id AS feedback_id, f.record_id, f.execution_id, f.profile, f.ref_id, f.product_name, f.store, f.create_date,
    f.create_month, 1 AS position, COALESCE(f.label_final, 'unknown') AS category,
    COALESCE(c.parent, f.label_final, 'unknown') AS parent, f.sentiment, a.evidence
FROM customer_feedback f LEFT JOIN feedback_aspect a ON a.feedback_id = f.id AND a.position = 1
LEFT JOIN customer_feedback_category c ON c.profile = f.profile AND c.name = f.label_final
WHERE f.status IN ('labelled', 'unknown')
UNION ALL
SELECT f.id, f.record_id, f.execution_id, f.profile, f.ref_id, f.product_name, f.store, f.create_date, f.create_month,
    a.position, COALESCE(t.name, 'unknown'), COALESCE(t.parent, t.name, 'unknown'), a.sentiment, a.evidence
FROM customer_feedback f JOIN feedback_aspect a ON a.feedback_id = f.id AND a.position > 1
LEFT JOIN customer_feedback_category c ON c.id = a.category_id
LEFT JOIN customer_feedback_category m ON m.id = c.merged_into
LEFT JOIN customer_feedback_category t ON t.id = COALESCE(m.merged_into, m.id, c.id) AND t.status = 'active'
WHERE f.status IN ('labelled', 'unknown')
    AND (t.id IS NOT NULL OR a.category_id IS NULL OR a.category = 'unknown')
    AND COALESCE(t.name, 'unknown') <> COALESCE(f.label_final, 'unknown');
